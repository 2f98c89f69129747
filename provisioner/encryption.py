"""Sensitive answers at rest: encrypted with the portal's secret key, decrypted only where Terraform needs
them.

In the JSON of `Run.inputs` and `Environment.inputs` an encrypted answer is `{"sealed": "<Fernet token>"}`.
"""

import base64
import functools
import json
from collections.abc import Collection, Mapping
from typing import TypeGuard

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.utils.translation import gettext as _

_MARK = "sealed"
# Part of every key made from a SECRET_KEY. With another purpose, no stored answer could be decrypted.
_PURPOSE = b"provisioner.sealing: sensitive answers, 1"


class CannotDecrypt(Exception):
    """None of the portal's keys decrypts this answer. `name` is the input's."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(
            _(
                "The stored value of %(name)s was encrypted with another SECRET_KEY. Enter it again, or add "
                "the old key to SECRET_KEY_FALLBACKS."
            )
            % {"name": name}
        )


def encrypted(values: Mapping[str, object], *, names: Collection[str]) -> dict[str, object]:
    """`values` for the database, with those of `names` encrypted. None is not an answer and stays."""
    # A value that looks encrypted is encrypted too, so that decrypting is exact whatever somebody typed.
    return {
        name: _encrypted_value(value)
        if (name in names and value is not None) or is_encrypted(value)
        else value
        for name, value in values.items()
    }


def decrypted(values: Mapping[str, object]) -> dict[str, object]:
    """`values` from the database, decrypted. Raises CannotDecrypt."""
    return {
        name: _decrypted_value(name, value) if is_encrypted(value) else value
        for name, value in values.items()
    }


def is_encrypted(value: object) -> TypeGuard[Mapping[str, str]]:
    """Whether this is an encrypted answer."""
    return isinstance(value, dict) and list(value) == [_MARK]


def _encrypted_value(value: object) -> dict[str, str]:
    return {_MARK: _keys().encrypt(json.dumps(value).encode()).decode()}


def _decrypted_value(name: str, value: Mapping[str, str]) -> object:
    try:
        return json.loads(_keys().decrypt(value[_MARK]))
    except InvalidToken:
        raise CannotDecrypt(name) from None


def _keys() -> MultiFernet:
    """Encrypts with SECRET_KEY; decrypts with SECRET_KEY_FALLBACKS too."""
    return _key_of((settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


def derived_keys(purpose: bytes) -> list[bytes]:
    """Keys of 32 bytes for one purpose, from SECRET_KEY and then from each of its fallbacks."""
    return [_derived(secret, purpose) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]


@functools.lru_cache(maxsize=4)
def _key_of(secrets: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(_derived(secret, _PURPOSE))) for secret in secrets])


@functools.lru_cache(maxsize=16)
def _derived(secret: str, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(secret.encode())
