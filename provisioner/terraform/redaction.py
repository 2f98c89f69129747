"""Masks known secrets in text, in addition to Terraform's own filter, which does not find base64 forms."""

import base64
import json
import re
from collections.abc import Iterable, Iterator
from typing import overload
from urllib.parse import quote, quote_plus

MASK = "(sensitive value)"
# Shorter ones would mask parts of ordinary words.
MINIMUM_LENGTH = 6


class Redactor:
    """Finds the secrets in their usual forms: plain, base64, URL-encoded, JSON-escaped."""

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {form for secret in secrets for form in _forms(secret) if len(form) >= MINIMUM_LENGTH}
        # Longest first, so that a secret that contains another one is masked completely.
        ordered = sorted(forms, key=lambda form: (-len(form), form))
        self._pattern = re.compile("|".join(map(re.escape, ordered))) if ordered else None

    def __repr__(self) -> str:
        return "Redactor(...)"

    def mask(self, text: str) -> str:
        """The text with every known secret of at least 6 characters masked."""
        return self._pattern.sub(MASK, text) if self._pattern else text

    @overload
    def mask_data(self, data: dict[str, object]) -> dict[str, object]: ...
    @overload
    def mask_data(self, data: object) -> object: ...
    def mask_data(self, data: object) -> object:
        """The JSON-like value with secrets masked in all strings and keys. Never changes its argument."""
        if self._pattern is None:
            return data
        if isinstance(data, str):
            return self.mask(data)
        if isinstance(data, dict):
            return {self.mask(str(key)): self.mask_data(value) for key, value in data.items()}
        if isinstance(data, list | tuple):
            return [self.mask_data(value) for value in data]
        return data


def _forms(secret: str) -> Iterator[str]:
    if len(secret) < MINIMUM_LENGTH:
        return
    # A key with many lines may be printed line by line.
    lines = [line.strip() for line in secret.splitlines() if len(line.strip()) > 2 * MINIMUM_LENGTH]
    for text in {secret, secret.strip(), *lines}:
        yield text
        yield quote(text, safe="")
        yield quote_plus(text)
        yield json.dumps(text)[1:-1]
        yield json.dumps(text, ensure_ascii=False)[1:-1]
        yield from _base64_forms(text.encode(errors="surrogatepass"))


def _base64_forms(secret: bytes) -> Iterator[str]:
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        yield encode(secret).decode().rstrip("=")
        for before in (0, 1, 2):
            # In a longer text it can start at three positions of a base64 group. Characters that also
            # encode bits of a neighbor are left out.
            shifted = encode(bytes(before) + secret).decode().rstrip("=")
            yield shifted[before + 1 if before else 0 : -1]
