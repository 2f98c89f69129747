"""The run's kernel lock: held as long as a process that the run started is alive, directly or indirectly."""

import fcntl
import os
import time
from pathlib import Path

FILE_NAME = "run.lock"


def is_held(directory: Path) -> bool:
    """Whether the shepherd, or a process below it, is alive. False before the first start."""
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
    """Wait for a process that is about to end: a shepherd outlives its `exit.json` by milliseconds."""
    give_up_at = time.monotonic() + seconds
    while is_held(directory):
        if time.monotonic() > give_up_at:
            return False
        time.sleep(0.01)
    return True


def holder_pids(directory: Path) -> list[int]:
    """Ids of the processes that hold the lock, as far as this user may see; not those of observers.

    Source: `/proc/<pid>/fdinfo/<n>` lists the locks of that open file, with their mode.
    """
    lock = os.fspath((directory / FILE_NAME).resolve())
    return [
        int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and _has(entry, lock)
    ]


def _has(process: Path, lock: str) -> bool:
    try:
        numbers = [entry.name for entry in (process / "fd").iterdir()]
    except OSError:
        # It ended meanwhile, or belongs to another user.
        return False
    return any(_holds(process, number, lock) for number in numbers)


def _holds(process: Path, number: str, lock: str) -> bool:
    try:
        is_lock = str((process / "fd" / number).readlink()) == lock
        return is_lock and "WRITE" in (process / "fdinfo" / number).read_text()
    except OSError:
        # A busy process opens and closes files meanwhile.
        return False
