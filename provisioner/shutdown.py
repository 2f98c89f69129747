"""The worker's wish to stop, known to every process of its pool without a lock that a dead one keeps."""

import mmap

_ENDING, _LEAVING = 1, 2
# Anonymous and shared: made before the pool forks, seen by all of it.
_FLAG = mmap.mmap(-1, 1)


class ShuttingDown(Exception):
    """The worker stops: whoever follows a run leaves it to the next one. Terraform goes on."""


def announce(*args: object, **kwargs: object) -> None:
    """Tell every process of this worker to leave what it follows (Celery's `worker_shutting_down`)."""
    _FLAG[0] = _LEAVING


def announce_end() -> None:
    """Tell them to begin nothing more, and to follow what they have to its end."""
    _FLAG[0] = max(_FLAG[0], _ENDING)


def is_near() -> bool:
    """Whether what is followed is to be left."""
    return _FLAG[0] == _LEAVING


def is_ending() -> bool:
    """Whether nothing more is to be begun."""
    return _FLAG[0] >= _ENDING


def forget() -> None:
    """Begin anew with a flag of this process's own, which its forks will share.

    For a worker at its start: it may itself be a fork, and what it was forked from has other workers.
    """
    global _FLAG
    _FLAG = mmap.mmap(-1, 1)
