"""Sentences that a worker writes into the database: kept in English, translated when somebody reads them.

A worker does not know who will read its sentence, or in which language. So the database keeps the English
text and its parts: `[{"template": "... %(name)s ...", "values": {...}}, ...]`.
A part with a count has `plural` and `count` too. `makemessages` finds the templates by the function names
`stored` and `stored_plural`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NotRequired, TypedDict, TypeGuard

from django.utils.translation import gettext, ngettext, override

from provisioner.sentences import Sentence, SentenceError

Value = str | int | float


class Part(TypedDict):
    """A sentence as it is stored. `plural` and `count` are set together."""

    template: str
    values: Mapping[str, Value]
    plural: NotRequired[str]
    count: NotRequired[int]


@dataclass(frozen=True)
class StoredText:
    """One or more sentences. `str()` gives the English text; the empty text is false."""

    parts: tuple[Part, ...] = ()

    def __str__(self) -> str:
        return " ".join(filter(None, (_fill(_english(part), part) for part in self.parts)))

    def __bool__(self) -> bool:
        return bool(str(self))

    def __add__(self, other: "StoredText") -> "StoredText":
        return StoredText(self.parts + other.parts)

    def as_json(self) -> list[Part]:
        """The parts, for a JSON column."""
        return list(self.parts)

    def translated(self) -> str:
        """The text in the active language. A part without a translation stays English."""
        return " ".join(filter(None, (_fill(_translation(part), part) for part in self.parts)))


EMPTY = StoredText()


def stored(template: str, **values: Value) -> StoredText:
    """A sentence with named placeholders: `stored("Took %(seconds)s s.", seconds=3)`."""
    return StoredText(({"template": template, "values": values},))


def stored_plural(singular: str, plural: str, count: int, **values: Value) -> StoredText:
    """The same for a count, which the templates get as `%(count)s`."""
    part: Part = {
        "template": singular,
        "plural": plural,
        "count": count,
        "values": {"count": count, **values},
    }
    return StoredText((part,))


def english(label: object) -> str:
    """A lazily translated label in English, for the event log and other records."""
    with override("en"):
        return str(label)


def verbatim(text: str) -> StoredText:
    """Text that is not ours to translate: what Terraform, AWS or a person wrote."""
    return StoredText(({"template": "", "values": {"text": text}},)) if text else StoredText()


def from_sentences(sentences: Iterable[Sentence]) -> StoredText:
    """The sentences of code that knows nothing of translation, ready to be stored."""
    return StoredText(tuple(_part(each) for each in sentences))


def from_error(error: Exception) -> StoredText:
    """The message of an error. It can be translated only if it is a SentenceError."""
    return from_sentences(error.sentences) if isinstance(error, SentenceError) else verbatim(str(error))


def from_json(parts: object) -> StoredText:
    """The text from its JSON column; empty for anything that is not a list of parts."""
    if not isinstance(parts, list):
        return StoredText()
    return StoredText(tuple(part for part in parts if _is_part(part)))


def translated(english_text: str, parts: object) -> str:
    """A stored text in the active language.

    `english_text` is the column that everybody writes. A row of an earlier version has no parts, or parts of
    another text: then the English text is the answer.
    """
    text = from_json(parts)
    # A column may be shorter than the text.
    is_same = bool(english_text) and str(text).startswith(english_text)
    return text.translated() if is_same else english_text


def kept(english_text: str, parts: object) -> StoredText:
    """The text of a row, with its parts if it has them: see `translated`."""
    text = from_json(parts)
    return text if str(text) == english_text else verbatim(english_text)


def _is_part(value: object) -> TypeGuard[Part]:
    return isinstance(value, dict)


def _part(sentence: Sentence) -> Part:
    part: Part = {"template": sentence.template, "values": dict(sentence.values)}
    if sentence.count is not None:
        part["plural"], part["count"] = sentence.plural, sentence.count
    return part


def _english(part: Part) -> str:
    is_plural = "plural" in part and part["count"] != 1
    return str(part["plural"] if is_plural else part.get("template", ""))


def _translation(part: Part) -> str:
    if "plural" in part:
        return ngettext(part["template"], part["plural"], part["count"])
    # gettext("") is the catalog's header.
    return gettext(part["template"]) if part.get("template") else ""


def _fill(template: str, part: Part) -> str:
    values = part.get("values", {})
    return template % values if template else str(values.get("text", ""))
