"""How many sockets one person may hold open in one web process."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings

_taken: Counter[Any] = Counter()


class TooManyConnections(Exception):
    """This person has as many sockets open as one may."""


@contextmanager
def taken(person: Any) -> Iterator[None]:
    """Hold one place while inside. Raises NoPlace."""
    if _taken[person] >= settings.SOCKETS_PER_PERSON:
        raise TooManyConnections
    _taken[person] += 1
    try:
        yield
    finally:
        _taken[person] -= 1
        if not _taken[person]:
            del _taken[person]


def held() -> int:
    """Sockets open in this process."""
    return sum(_taken.values())
