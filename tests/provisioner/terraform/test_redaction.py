import base64
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioner.terraform import redaction

SECRET = 'p&ss "wörd"/+=\n'


class TestMask:
    @pytest.mark.parametrize(
        "shown",
        [
            SECRET,
            base64.b64encode(SECRET.encode()).decode(),
            base64.urlsafe_b64encode(SECRET.encode()).decode(),
            quote(SECRET, safe=""),
            quote_plus(SECRET),
            json.dumps(SECRET)[1:-1],
            json.dumps(SECRET, ensure_ascii=False)[1:-1],
            SECRET.strip(),
        ],
    )
    def test_finds_a_secret_in_every_usual_form(self, shown: str) -> None:
        masked = redaction.Redactor([SECRET]).mask(f"before {shown} after")

        assert "ss" not in masked
        assert masked.startswith("before (sensitive value)")
        assert masked.endswith(" after")

    @pytest.mark.parametrize("before", ["", "u", "us", "use", "user:"])
    def test_finds_a_secret_inside_a_longer_base64_text(self, before: str) -> None:
        secret = "correct-horse-battery"
        encoded = base64.b64encode(f"{before}{secret}:more".encode()).decode()

        masked = redaction.Redactor([secret]).mask(encoded)

        assert redaction.MASK in masked
        assert len(masked) - len(redaction.MASK) <= len(encoded) - 4 * len(secret) // 3 + 3

    def test_does_not_change_short_secrets_and_other_text(self) -> None:
        text = "abcde and more"

        assert redaction.Redactor(["abcde", ""]).mask(text) == text
        assert redaction.Redactor([]).mask(text) == text

    def test_masks_the_longer_of_two_secrets_first(self) -> None:
        assert redaction.Redactor(["secret", "secret-with-tail"]).mask("secret-with-tail") == redaction.MASK

    def test_finds_the_single_lines_of_a_key(self) -> None:
        key = "-----BEGIN KEY-----\nMIIEowIBAAKCAQEA\nzzzzzzzzzzzzzzzz\n-----END KEY-----\n"

        assert redaction.Redactor([key]).mask("line: MIIEowIBAAKCAQEA") == f"line: {redaction.MASK}"

    def test_does_not_show_secrets_in_its_repr(self) -> None:
        assert "hunter22" not in repr(redaction.Redactor(["hunter22"]))


class TestMaskData:
    def test_masks_every_string_and_does_not_change_its_argument(self) -> None:
        data: dict[str, object] = {"a": ["x hunter22", {"hunter22": 1}], "n": 3, "none": None}

        masked = redaction.Redactor(["hunter22"]).mask_data(data)

        assert masked == {"a": [f"x {redaction.MASK}", {redaction.MASK: 1}], "n": 3, "none": None}
        assert data["a"] == ["x hunter22", {"hunter22": 1}]


@given(st.text(min_size=6, max_size=40), st.text(max_size=20), st.text(max_size=20))
@settings(max_examples=80, deadline=None)
def test_no_text_contains_a_secret_after_masking(secret: str, before: str, after: str) -> None:
    masked = redaction.Redactor([secret]).mask(before + secret + after)

    assert not [part for part in masked.split(redaction.MASK) if secret in part]
    assert redaction.MASK in masked
