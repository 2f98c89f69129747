"""Sensitive inputs in the database are encrypted with the keys of the portal."""

import json
from typing import Any

import pytest
from django.conf import settings as portal_settings
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioner import encryption

NAMES = ["password", "note"]
values = st.dictionaries(
    st.sampled_from(NAMES),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["sealed", "a"]), inner),
    ),
)


class TestEncryption:
    @settings(deadline=None, max_examples=100)
    @given(answers=values)
    def test_returns_any_value_unchanged(self, answers: dict[str, Any]) -> None:
        stored = json.loads(json.dumps(encryption.encrypted(answers, names=["password"])))

        assert encryption.decrypted(stored) == answers
        assert encryption.is_encrypted(stored.get("password")) == (answers.get("password") is not None)

    def test_encrypts_only_sensitive_inputs(self) -> None:
        stored = encryption.encrypted({"password": "open-sesame", "note": "hello"}, names=["password"])

        assert "open-sesame" not in json.dumps(stored)
        assert stored["note"] == "hello"

    def test_differs_each_time(self) -> None:
        first, second = (encryption.encrypted({"password": "x"}, names=["password"]) for _ in range(2))

        assert first != second


class TestKeyRotation:
    def test_decrypts_with_the_previous_key_and_encrypts_with_the_current_one(self, settings: Any) -> None:
        old = encryption.encrypted({"password": "open-sesame"}, names=["password"])
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 40, [portal_settings.SECRET_KEY]

        new = encryption.encrypted(encryption.decrypted(old), names=["password"])

        settings.SECRET_KEY_FALLBACKS = []
        assert encryption.decrypted(new) == {"password": "open-sesame"}
        with pytest.raises(encryption.CannotDecrypt):
            encryption.decrypted(old)

    def test_without_the_key_names_the_input_and_the_solution(self, settings: Any) -> None:
        stored = encryption.encrypted({"password": "open-sesame"}, names=["password"])
        settings.SECRET_KEY = "n" * 40

        with pytest.raises(encryption.CannotDecrypt, match=r"of password .* SECRET_KEY_FALLBACKS") as refusal:
            encryption.decrypted(stored)

        assert refusal.value.name == "password"

    def test_rejects_a_modified_token(self) -> None:
        stored = encryption.encrypted({"password": "open-sesame"}, names=["password"])["password"]
        assert encryption.is_encrypted(stored)
        token = stored["sealed"]

        with pytest.raises(encryption.CannotDecrypt):
            encryption.decrypted({"password": {"sealed": token[:-4] + "AAA="}})
