"""The refusal of one answer."""

from __future__ import annotations


class Rejected(Exception):
    """An answer that an input does not accept. The message is a sentence for the person who gave it."""
