"""The request to stop this worker, visible to every process of its pool without a lock that a dead one could
keep.
"""

import mmap

_ENDING, _LEAVING = 1, 2
# Anonymous and shared: created before the pool forks, visible to all of it.
_FLAG = mmap.mmap(-1, 1)


class ShuttingDown(Exception):
    """The worker is stopping. It leaves its runs to the next one; Terraform continues."""


def announce(*args: object, **kwargs: object) -> None:
    """Tell every process of this worker to leave its runs (Celery's `worker_shutting_down`)."""
    _FLAG[0] = _LEAVING


def announce_end() -> None:
    """Tell them to start nothing more, and to follow their runs to the end."""
    _FLAG[0] = max(_FLAG[0], _ENDING)


def is_near() -> bool:
    """Whether runs must be left now."""
    return _FLAG[0] == _LEAVING


def is_ending() -> bool:
    """Whether nothing more may be started."""
    return _FLAG[0] >= _ENDING


def forget() -> None:
    """Start with a new flag, which the forks of this process will share.

    For a worker at its start: it may itself be a fork of a process that has other workers.
    """
    global _FLAG
    _FLAG = mmap.mmap(-1, 1)
