"""Sentences for people, written by code that must not import Django: an English template and its values.

`str()` gives the English text. `stored_text.from_sentences` makes of them a text that can be stored and
translated. `makemessages` finds the templates by the function names `sentence` and `sentence_plural`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Value = str | int | float


@dataclass(frozen=True)
class Sentence:
    """One or more sentences that are translated together. `plural` and `count` are set together."""

    template: str
    values: Mapping[str, Value]
    plural: str = ""
    count: int | None = None

    def __str__(self) -> str:
        is_plural = self.count is not None and self.count != 1
        return (self.plural if is_plural else self.template) % self.values


def sentence(template: str, **values: Value) -> Sentence:
    """A sentence with named placeholders: `sentence("Took %(seconds)s s.", seconds=3)`."""
    return Sentence(template, values)


def sentence_plural(singular: str, plural: str, count: int, **values: Value) -> Sentence:
    """The same for a count, which the templates get as `%(count)s`."""
    return Sentence(singular, {"count": count, **values}, plural, count)


class SentenceError(Exception):
    """An error with a message for people: what happened, why, and what to do."""

    def __init__(self, *sentences: Sentence) -> None:
        super().__init__(*sentences)
        self.sentences = sentences

    def __str__(self) -> str:
        return " ".join(str(each) for each in self.sentences)
