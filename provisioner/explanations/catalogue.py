"""All explained errors. Order decides where two fit: what is special stands before what is general."""

from provisioner.explanations import (
    capacity,
    data,
    limits,
    names,
    network,
    permissions,
    state,
    tools,
    waiting,
)
from provisioner.explanations.entry import Entry

ENTRIES: tuple[Entry, ...] = (
    *state.ENTRIES,
    *limits.ENTRIES,
    *capacity.ENTRIES,
    *network.ENTRIES,
    *data.ENTRIES,
    *names.ENTRIES,
    *permissions.ENTRIES,
    *waiting.ENTRIES,
    *tools.ENTRIES,
    # What only the family of an error's name tells.
    limits.ANOTHER_LIMIT,
    names.GONE_OUTSIDE,
    waiting.ANYTHING_ELSE,
)
_BY_ID = {each.id: each for each in ENTRIES}


def entry(entry_id: str) -> Entry | None:
    """The entry of this id."""
    return _BY_ID.get(entry_id)


def searched(words: str) -> list[Entry]:
    """Entries in which each of the words occurs, in any case; all of them for no word."""
    wanted = words.casefold().split()
    return [each for each in ENTRIES if all(word in _text(each) for word in wanted)]


def _text(of: Entry) -> str:
    parts = (of.id, of.title, of.group, of.example, of.general_cause, *of.general_steps)
    return " ".join(parts).casefold()
