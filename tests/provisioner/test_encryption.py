"""Sensitive answers in the database: sealed, and opened with the portal's keys alone."""

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


class TestSealed:
    @settings(deadline=None, max_examples=100)
    @given(answers=values)
    def test_opens_to_what_it_was_whatever_it_looked_like(self, answers: dict[str, Any]) -> None:
        stored = json.loads(json.dumps(encryption.encrypted(answers, names=["password"])))

        assert encryption.decrypted(stored) == answers
        assert encryption.is_encrypted(stored.get("password")) == (answers.get("password") is not None)

    def test_hides_what_is_sensitive_and_nothing_else(self) -> None:
        stored = encryption.encrypted({"password": "open-sesame", "note": "hello"}, names=["password"])

        assert "open-sesame" not in json.dumps(stored)
        assert stored["note"] == "hello"

    def test_never_twice_in_the_same_letters(self) -> None:
        first, second = (encryption.encrypted({"password": "x"}, names=["password"]) for _ in range(2))

        assert first != second


class TestRotation:
    def test_opens_with_the_key_before_and_seals_with_the_one_of_now(self, settings: Any) -> None:
        old = encryption.encrypted({"password": "open-sesame"}, names=["password"])
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 40, [portal_settings.SECRET_KEY]

        new = encryption.encrypted(encryption.decrypted(old), names=["password"])

        settings.SECRET_KEY_FALLBACKS = []
        assert encryption.decrypted(new) == {"password": "open-sesame"}
        with pytest.raises(encryption.CannotDecrypt):
            encryption.decrypted(old)

    def test_without_the_key_says_which_answer_and_what_helps(self, settings: Any) -> None:
        stored = encryption.encrypted({"password": "open-sesame"}, names=["password"])
        settings.SECRET_KEY = "n" * 40

        with pytest.raises(encryption.CannotDecrypt, match=r"of password .* SECRET_KEY_FALLBACKS") as refusal:
            encryption.decrypted(stored)

        assert refusal.value.name == "password"

    def test_is_no_use_to_a_token_that_was_tampered_with(self) -> None:
        stored = encryption.encrypted({"password": "open-sesame"}, names=["password"])["password"]
        assert encryption.is_encrypted(stored)
        token = stored["sealed"]

        with pytest.raises(encryption.CannotDecrypt):
            encryption.decrypted({"password": {"sealed": token[:-4] + "AAA="}})
