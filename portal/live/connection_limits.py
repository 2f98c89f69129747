"""How many sockets one person may have open in one web process."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings

_open: Counter[int | None] = Counter()


class TooManyConnections(Exception):
    """This person has the maximum number of sockets open."""


@contextmanager
def connection_slot(person: int | None) -> Iterator[None]:
    """Count one socket of the person inside the block. Raises TooManyConnections."""
    if _open[person] >= settings.SOCKETS_PER_PERSON:
        raise TooManyConnections
    _open[person] += 1
    try:
        yield
    finally:
        _open[person] -= 1
        if not _open[person]:
            del _open[person]


def open_connections() -> int:
    """The number of open sockets in this process."""
    return sum(_open.values())
