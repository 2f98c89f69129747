"""Real processes for faults: Celery workers of both kinds, and their child processes."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

from celery import Celery

from provisioner.models import Run, RunEvent
from tests.faults import mutants
from tests.support import processes
from tests.support.engine import eventually

Worker = AbstractContextManager[subprocess.Popen[bytes]]


@contextmanager
def celery(kind: str, redis_url: str, **settings: str) -> Iterator[subprocess.Popen[bytes]]:
    """`manage.py worker runs` or `control` on the test's database; killed at the end if it is still alive."""
    given = processes.environment(REDIS_URL=redis_url, LOG_LEVEL="ERROR", **settings)
    with _process([sys.executable, "manage.py", "worker", kind], given) as worker:
        yield worker


@contextmanager
def beat(redis_url: str, schedule: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A `celery beat` with its own schedule file."""
    program = [sys.executable, "-m", "celery", "-A", "provisioner.celery_app", "beat"]
    given = processes.environment(REDIS_URL=redis_url, LOG_LEVEL="ERROR")
    with _process([*program, "--pidfile=", "--schedule", str(schedule)], given) as clock:
        yield clock


def is_idle(redis_url: str) -> bool:
    """Whether a Celery worker answers and has no task."""
    # Not our Celery application: it has another broker in a test's process.
    with Celery(broker=f"{redis_url}/0", set_as_current=False) as asking:
        answers = asking.control.inspect().active()
    return answers is not None and not any(answers.values())


def executing(
    run: Run, *, protection: str = "none", **more: str
) -> AbstractContextManager[subprocess.Popen[bytes]]:
    """A process that executes the run, without Celery and this protection; killed if still alive."""
    return _mutant(protection, str(run.pk), more)


def running_housekeeping(*, protection: str = "none", **more: str) -> Worker:
    """A process that does only the housekeeping, without this protection, until the block ends."""
    return _mutant(protection, mutants.HOUSEKEEPING, more)


@contextmanager
def _mutant(protection: str, what: str, more: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "tests.faults.mutants", protection, what]
    with _process(command, processes.environment(LOG_LEVEL="ERROR", **more)) as worker:
        yield worker


@contextmanager
def _process(command: list[str], given: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(
        command, env=given, cwd=processes.ROOT, stdout=subprocess.DEVNULL, start_new_session=True
    ) as process:
        try:
            yield process
        finally:
            kill_group(process)


def execute(run: Run, *, protection: str = "none", limit_seconds: float = 90) -> None:
    """Execute the run in a process, to its end."""
    with executing(run, protection=protection) as worker:
        assert worker.wait(timeout=limit_seconds) == 0


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL a process and its pool, and wait for it. Shepherds are in other sessions."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def kill(pid: int, number: signal.Signals = signal.SIGKILL) -> None:
    """Send a signal to a process that may have ended already."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def children(pid: int) -> list[int]:
    """Pids of the children of a process, from all its threads."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def until_in_mid_apply(run: Run) -> None:
    eventually(lambda: RunEvent.objects.filter(run=run, type="provision_start").exists())


def until_its_lock_is_known(run: Run) -> None:
    """Wait until the apply is at work and the run has the id of the state's lock."""
    until_in_mid_apply(run)
    eventually(lambda: Run.objects.get(pk=run.pk).state_lock_id)


def ended(run: Run, *, limit_seconds: float = 90) -> Run:
    """The run after a worker has finished it."""
    eventually(lambda: Run.objects.get(pk=run.pk).status not in _GOING_ON, limit_seconds=limit_seconds)
    run.refresh_from_db()
    return run


# A plan that is approved by policy is `planned` for a moment.
_GOING_ON = ("queued", "planning", "planned", "approved", "applying")
