"""The run's kernel lock: held as long as anything that the run started is alive, whoever started it."""

import fcntl
import os
import time
from pathlib import Path

FILE_NAME = "run.lock"


def is_held(directory: Path) -> bool:
    """Whether a process below the shepherd, or the shepherd, still lives. False before the first start."""
    try:
        descriptor = os.open(directory / FILE_NAME, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        # Shared, so that observers do not see each other.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def wait_until_free(directory: Path, *, seconds: float) -> bool:
    """Wait for what is just leaving: a shepherd outlives its `exit.json` by milliseconds."""
    give_up_at = time.monotonic() + seconds
    while is_held(directory):
        if time.monotonic() > give_up_at:
            return False
        time.sleep(0.01)
    return True


def holder_pids(directory: Path) -> list[int]:
    """Process ids that hold the lock, as far as this user may look; a passing observer is none of them.

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
        # Gone in between, or another user's.
        return False
    return any(_holds(process, number, lock) for number in numbers)


def _holds(process: Path, number: str, lock: str) -> bool:
    try:
        is_lock = str((process / "fd" / number).readlink()) == lock
        return is_lock and "WRITE" in (process / "fdinfo" / number).read_text()
    except OSError:
        # A busy process opens and closes files while we look.
        return False
