"""Text answers: plain data for Terraform, never an expression."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from provisioner.blueprints.definitions import Input
from provisioner.blueprints.refusal import Rejected
from provisioner.sentences import translate

LONGEST_BYTES = 4096


def check(question: Input, given: Any) -> str:
    """One line of text that fits the input's pattern. Raises Rejected."""
    text = one_line(given)
    fits = bool(question.pattern) and re.fullmatch(question.pattern, text) is not None
    if not fits:
        refuse_templates(text)
    # An optional text may be empty, whatever its pattern.
    if question.pattern and not fits and text:
        raise Rejected(
            question.pattern_help
            or translate("This does not fit the pattern %(pattern)s.", pattern=question.pattern)
        )
    return text


def one_line(given: Any) -> str:
    """A short line of plain text. Raises Rejected."""
    if not isinstance(given, str):
        raise Rejected(translate("This must be text."))
    refuse_oversize(given, LONGEST_BYTES)
    if "\n" in given or "\r" in given:
        raise Rejected(translate("This must be one line, without line breaks."))
    refuse_invisible(given)
    if given.startswith("-"):
        raise Rejected(translate("This must not start with a hyphen."))
    if "../" in given or "..\\" in given:
        raise Rejected(translate('"../" is not allowed here.'))
    return given


def refuse_oversize(text: str, limit_bytes: int) -> None:
    # Characters first: a megabyte is too long without encoding it.
    if len(text) > limit_bytes or len(text.encode("utf-8", "surrogatepass")) > limit_bytes:
        raise Rejected(translate("This is too long. At most %(size)s KiB.", size=limit_bytes // 1024))


def refuse_templates(text: str) -> None:
    if "${" in text or "%{" in text:
        raise Rejected(
            translate('"${" and "%%{" are not allowed: a value is plain text, never an expression.')
        )


def refuse_invisible(text: str) -> None:
    """Refuse control characters, direction marks and lone surrogates: a reader cannot see their effect."""
    if any(unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") for character in text):
        raise Rejected(translate("This contains invisible characters, such as NUL. Type it again."))
