"""Sentences for people, written by code that must not import Django: an English template and its values.

A sentence that is stored is a `Sentence`: `str()` gives the English text, and `stored_text.from_sentences` a
text
that is translated when it is shown. A sentence that is shown now comes from `translate`, in the active
language.
`makemessages` finds the templates by the function names `sentence`, `sentence_plural`, `translate` and
`translate_plural`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
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


def translate(template: str, **values: Value) -> str:
    """The sentence in the active language: `translate("At most %(count)s items.", count=100)`."""
    return (template if _english.get() else _translations.gettext(template)) % values


def translate_plural(singular: str, plural: str, count: int, **values: Value) -> str:
    """The same for a count, which the templates get as `%(count)s`."""
    is_english = _english.get()
    template = (
        (singular if count == 1 else plural)
        if is_english
        else _translations.ngettext(singular, plural, count)
    )
    return template % {"count": count, **values}


@contextmanager
def in_english() -> Iterator[None]:
    """Inside, `translate` gives English: for records, and for values that are cached for everybody."""
    token = _english.set(True)
    try:
        yield
    finally:
        _english.reset(token)


@dataclass
class _Translations:
    gettext: Callable[[str], str]
    ngettext: Callable[[str, str, int], str]


_translations = _Translations(
    gettext=lambda text: text, ngettext=lambda one, more, count: one if count == 1 else more
)
_english: ContextVar[bool] = ContextVar("english", default=False)


def use_translations(gettext: Callable[[str], str], ngettext: Callable[[str, str, int], str]) -> None:
    """Set the functions behind `translate`. Without them, as in a script, everything is English."""
    _translations.gettext, _translations.ngettext = gettext, ngettext


class SentenceError(Exception):
    """An error with a message for people: what happened, why, and what to do."""

    def __init__(self, *sentences: Sentence) -> None:
        super().__init__(*sentences)
        self.sentences = sentences

    def __str__(self) -> str:
        return " ".join(str(each) for each in self.sentences)
