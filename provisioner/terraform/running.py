"""All Terraform runs of this host, found by their locks: request a stop, wait, kill."""

import time
from collections.abc import Iterator
from pathlib import Path

from provisioner.terraform import lock, phase

PHASES = ("plan", "output", "apply")


def _held(runs_dir: Path) -> Iterator[tuple[Path, str]]:
    for directory in runs_dir.iterdir() if runs_dir.is_dir() else ():
        # The lock belongs to the run, not to the phase. The phase that runs is the one that was started last.
        started = [name for name in PHASES if (directory / name).is_dir()]
        if started and lock.is_held(directory):
            yield directory, started[-1]


def is_any_alive(runs_dir: Path) -> bool:
    """Whether a process of any run is alive on this host."""
    return any(True for _ in _held(runs_dir))


def request_stop_of_all(runs_dir: Path) -> int:
    """Request a stop of every run on this host, and return their number. Each gets one SIGINT. Idempotent."""
    held = list(_held(runs_dir))
    for directory, name in held:
        phase.request_stop(directory, phase=name)
    return len(held)


def wait_until_stopped(runs_dir: Path, *, within_seconds: float) -> bool:
    """Wait until no run is alive. False if some still are after `within_seconds`."""
    deadline = time.monotonic() + within_seconds
    while is_any_alive(runs_dir):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def kill_all(runs_dir: Path) -> None:
    """Kill all runs on this host. State may be lost, and S3 locks are kept."""
    for directory, name in _held(runs_dir):
        phase.force_stop(directory, phase=name)
