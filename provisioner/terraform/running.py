"""Every Terraform on this host, found by its run's lock: stop it, wait for it, kill it."""

import time
from collections.abc import Iterator
from pathlib import Path

from provisioner.terraform import lock, phase

PHASES = ("plan", "output", "apply")


def _held(runs_dir: Path) -> Iterator[tuple[Path, str]]:
    for directory in runs_dir.iterdir() if runs_dir.is_dir() else ():
        # The lock belongs to the run, not to the phase: the running phase is the one that started last.
        begun = [name for name in PHASES if (directory / name).is_dir()]
        if begun and lock.is_held(directory):
            yield directory, begun[-1]


def is_any_alive(runs_dir: Path) -> bool:
    """Whether a process that a run started is alive on this host."""
    return any(True for _ in _held(runs_dir))


def request_stop_of_all(runs_dir: Path) -> int:
    """Interrupt every Terraform on this host once, however often it is called. Returns their number."""
    held = list(_held(runs_dir))
    for directory, name in held:
        phase.request_stop(directory, phase=name)
    return len(held)


def wait_until_stopped(runs_dir: Path, *, within_seconds: float) -> bool:
    """Wait until none runs; False if some still do."""
    deadline = time.monotonic() + within_seconds
    while is_any_alive(runs_dir):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def kill_all(runs_dir: Path) -> None:
    """Kill those that did not stop: their state can be lost, the S3 lock remains."""
    for directory, name in _held(runs_dir):
        phase.force_stop(directory, phase=name)
