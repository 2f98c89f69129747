"""Every Terraform that runs on this host, known by its run's lock: asked to stop, waited for, killed."""

import time
from collections.abc import Iterator
from pathlib import Path

from provisioner.terraform import lock, phase

PHASES = ("plan", "output", "apply")


def _held(runs_dir: Path) -> Iterator[tuple[Path, str]]:
    for directory in runs_dir.iterdir() if runs_dir.is_dir() else ():
        # The lock is the run's, not the phase's: the one that runs is the last one begun.
        begun = [name for name in PHASES if (directory / name).is_dir()]
        if begun and lock.is_held(directory):
            yield directory, begun[-1]


def is_any_alive(runs_dir: Path) -> bool:
    """Whether anything that a run started still lives here."""
    return any(True for _ in _held(runs_dir))


def request_stop_of_all(runs_dir: Path) -> int:
    """One interrupt to every Terraform that runs here, however often called; how many there are."""
    held = list(_held(runs_dir))
    for directory, name in held:
        phase.request_stop(directory, phase=name)
    return len(held)


def wait_until_stopped(runs_dir: Path, *, within_seconds: float) -> bool:
    """Wait until none runs any more; False when some still do."""
    deadline = time.monotonic() + within_seconds
    while is_any_alive(runs_dir):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def kill_all(runs_dir: Path) -> None:
    """Kill what did not stop: state may be lost, the S3 lock stays."""
    for directory, name in _held(runs_dir):
        phase.force_stop(directory, phase=name)
