"""Finds the explanation of a text, with bounded work for any text."""

from collections.abc import Mapping
from dataclasses import dataclass

from provisioner.explanations.catalogue import ENTRIES
from provisioner.explanations.entry import Entry, filled

# Terraform prints what matters first; a provisioner prints the output of its command last.
HEAD_CHARACTERS = 12_000
TAIL_CHARACTERS = 4_000
_LONGEST_VALUE = 160
# The frame that Terraform draws around an error on a terminal.
_FRAME = str.maketrans({"│": " ", "╷": " ", "╵": " "})


@dataclass(frozen=True)
class Match:
    """An entry with the values that it found in a text."""

    entry: Entry
    values: Mapping[str, str]

    @property
    def cause(self) -> str:
        return filled(self.entry.cause, self.values)

    @property
    def steps(self) -> tuple[str, ...]:
        return tuple(filled(step, self.values) for step in self.entry.steps)


def match(text: str) -> Match | None:
    """The first entry that matches the text."""
    whole = _searchable(text)
    for entry in ENTRIES:
        for pattern in entry.compiled:
            if found := pattern.search(whole):
                return Match(
                    entry, {name: _shown(value) for name, value in found.groupdict().items() if value}
                )
    return None


def _searchable(text: str) -> str:
    if len(text) > HEAD_CHARACTERS + TAIL_CHARACTERS:
        text = f"{text[:HEAD_CHARACTERS]} {text[-TAIL_CHARACTERS:]}"
    return " ".join(text.translate(_FRAME).split())


def _shown(value: str) -> str:
    printable = "".join(each if each.isprintable() else " " for each in value).strip(" '\"")
    return printable if len(printable) <= _LONGEST_VALUE else f"{printable[:_LONGEST_VALUE]}…"
