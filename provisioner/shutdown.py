"""The worker's wish to stop, known to every process of its pool without a lock that a dead one keeps."""

import mmap

# Anonymous and shared: made before the pool forks, seen by all of it.
_FLAG = mmap.mmap(-1, 1)


class Leaving(Exception):
    """The worker stops: whoever follows a run leaves it to the next one. Terraform goes on."""


def announce(*args: object, **kwargs: object) -> None:
    """Tell every process of this worker to leave what it follows (Celery's `worker_shutting_down`)."""
    _FLAG[0] = 1


def is_near() -> bool:
    return _FLAG[0] == 1


def forget() -> None:
    """Begin anew with a flag of this process's own, which its forks will share.

    For a worker at its start: it may itself be a fork, and what it was forked from has other workers.
    """
    global _FLAG
    _FLAG = mmap.mmap(-1, 1)
