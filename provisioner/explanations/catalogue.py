"""All explained errors. The order decides if two match: special ones come before general ones."""

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
    # Entries that match only the family of an error's name.
    limits.ANOTHER_LIMIT,
    names.GONE_OUTSIDE,
    waiting.ANYTHING_ELSE,
)
_BY_ID = {each.id: each for each in ENTRIES}


def entry(entry_id: str) -> Entry | None:
    """The entry of this id."""
    return _BY_ID.get(entry_id)


def searched(words: str) -> list[Entry]:
    """Entries that contain each of the words, in any case; all entries without a word."""
    wanted = words.casefold().split()
    return [each for each in ENTRIES if all(word in _text(each) for word in wanted)]


def _text(of: Entry) -> str:
    parts = (of.id, str(of.title), of.group.title_text, of.example, of.general_cause, *of.general_steps)
    return " ".join(parts).casefold()
