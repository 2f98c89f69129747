"""The run's file lock. It is held while any process that belongs to the run is alive."""

import fcntl
import os
import time
from pathlib import Path

from provisioner.sentences import Sentence, sentence

FILE_NAME = "run.lock"


def is_held(directory: Path) -> bool:
    """Whether the shepherd, or a process that it started, is alive. False before the first start."""
    try:
        descriptor = os.open(directory / FILE_NAME, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        # Shared, so that observers do not block each other.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def wait_until_free(directory: Path, *, seconds: float) -> bool:
    """Wait for a process that is about to exit: a shepherd exits milliseconds after it wrote `exit.json`."""
    give_up_at = time.monotonic() + seconds
    while is_held(directory):
        if time.monotonic() > give_up_at:
            return False
        time.sleep(0.01)
    return True


def holder_pids(directory: Path) -> list[int]:
    """Ids of the processes that hold the lock, as far as this user can see them. Observers are not included.

    Source: `/proc/<pid>/fdinfo/<n>` lists the locks of that open file, with their mode.
    """
    lock = os.fspath((directory / FILE_NAME).resolve())
    return [
        int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and _has(entry, lock)
    ]


def in_use(directory: Path) -> Sentence:
    """The message for a directory whose lock is held."""
    pids = ", ".join(str(pid) for pid in holder_pids(directory))
    return sentence("%(folder)s is in use by the processes %(pids)s.", folder=str(directory), pids=pids)


def _has(process: Path, lock: str) -> bool:
    try:
        numbers = [entry.name for entry in (process / "fd").iterdir()]
    except OSError:
        # The process has exited, or belongs to another user.
        return False
    return any(_holds(process, number, lock) for number in numbers)


def _holds(process: Path, number: str, lock: str) -> bool:
    try:
        is_lock = str((process / "fd" / number).readlink()) == lock
        return is_lock and "WRITE" in (process / "fdinfo" / number).read_text()
    except OSError:
        # The process closed the file in the meantime.
        return False
