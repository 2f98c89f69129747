"""Real processes that faults are done to: Celery workers of both kinds, and what lies below a process."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from provisioner.models import Run, RunEvent
from tests.engine import processes
from tests.engine.conftest import eventually


@contextmanager
def celery(kind: str, redis_url: str, **settings: str) -> Iterator[subprocess.Popen[bytes]]:
    """`manage.py worker runs` or `control` on the test's database; killed at the end if it still lives."""
    given = processes.environment(REDIS_URL=redis_url, LOG_LEVEL="ERROR", **settings)
    command = [sys.executable, "manage.py", "worker", kind]
    with subprocess.Popen(
        command, env=given, cwd=processes.ROOT, stdout=subprocess.DEVNULL, start_new_session=True
    ) as worker:
        try:
            yield worker
        finally:
            kill_group(worker)


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL of a process and its pool, and the end of it; shepherds have sessions of their own."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def kill(pid: int, number: signal.Signals = signal.SIGKILL) -> None:
    """A signal to a process that may be gone already."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def children(pid: int) -> list[int]:
    """Pids of a process's children, of all its threads."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def until_in_mid_apply(run: Run) -> None:
    eventually(lambda: RunEvent.objects.filter(run=run, type="provision_start").exists(), limit_seconds=40)


def ended(run: Run, *, limit_seconds: float = 60) -> Run:
    """The run once a worker has brought it to its end."""
    eventually(lambda: Run.objects.get(pk=run.pk).status not in _GOING_ON, limit_seconds=limit_seconds)
    run.refresh_from_db()
    return run


# A plan that policy approves is `planned` for a moment.
_GOING_ON = ("queued", "planning", "planned", "approved", "applying")
