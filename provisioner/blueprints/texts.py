"""Text answers: data for Terraform, so nothing that could be read as anything else."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from provisioner.blueprints.definitions import Input
from provisioner.blueprints.refusal import Rejected

LONGEST_BYTES = 4096


def check(question: Input, given: Any) -> str:
    """One line of text that fits the input's pattern. Raises Unwanted."""
    text = one_line(given)
    fits = bool(question.pattern) and re.fullmatch(question.pattern, text) is not None
    if not fits:
        refuse_templates(text)
    # An optional text may stay empty whatever its pattern says.
    if question.pattern and not fits and text:
        raise Rejected(question.pattern_help or f"This does not fit the pattern {question.pattern}")
    return text


def one_line(given: Any) -> str:
    """A short line of plain text, or Unwanted."""
    if not isinstance(given, str):
        raise Rejected("Write this as text.")
    refuse_oversize(given, LONGEST_BYTES)
    if "\n" in given or "\r" in given:
        raise Rejected("Write this in one line, without line breaks.")
    refuse_invisible(given)
    if given.startswith("-"):
        raise Rejected("Do not start with a hyphen.")
    if "../" in given or "..\\" in given:
        raise Rejected('"../" is not allowed here.')
    return given


def refuse_oversize(text: str, limit_bytes: int) -> None:
    # Characters first: a megabyte needs no encoding to be too long.
    if len(text) > limit_bytes or len(text.encode("utf-8", "surrogatepass")) > limit_bytes:
        raise Rejected(f"This is too long: at most {limit_bytes // 1024} KiB.")


def refuse_templates(text: str) -> None:
    if "${" in text or "%{" in text:
        raise Rejected('"${" and "%{" are not allowed: a value is plain text, never an expression.')


def refuse_invisible(text: str) -> None:
    """Control characters, text direction marks and half surrogates: a reader cannot see what they do."""
    if any(unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") for character in text):
        raise Rejected("This contains characters that cannot be seen, such as NUL. Type it again.")
