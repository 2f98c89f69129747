"""Worker processes on the test's database: one without Celery that executes a run, and real Celery."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import redis
from django.conf import settings
from django.db import OperationalError, connection
from django.utils import timezone

from portal.demo import processes
from provisioner.models import Run
from tests.support import engine
from tests.support.engine import eventually

ROOT = Path(__file__).resolve().parents[2]
_ADVANCE = (
    "import os, sys, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'portal.settings'; django.setup(); "
    "from provisioner.worker import execution; execution.advance(run_id=sys.argv[1])"
)


def environment(**more: str) -> dict[str, str]:
    """Environment variables for a process to use the test's database, files, blueprints and cloud."""
    place = connection.settings_dict
    on_server = f"postgresql://{place['USER']}@{place['HOST']}:{place['PORT']}/{place['NAME']}"
    return {
        **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
        "VAR_DIR": str(settings.VAR_DIR),
        "SECRET_KEY": settings.SECRET_KEY,
        "DATABASE_URL": on_server if connection.vendor == "postgresql" else "",
        "REDIS_URL": "redis://127.0.0.1:9",
        "BLUEPRINT_DIRS": str(engine.BLUEPRINTS),
        "BLUEPRINTS_TRUSTED": "1",
        "SIMULATED_AWS_ENDPOINT": settings.SIMULATED_AWS_ENDPOINT,
        **more,
    }


@contextmanager
def executing(run: Run, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    """A process that executes the run without Celery; killed at the end if it is still alive."""
    with started([sys.executable, "-c", _ADVANCE, str(run.pk)], environment(**more)) as process:
        yield process


@contextmanager
def runs_worker(
    redis_url: str, *options: str, says: int = subprocess.DEVNULL, **more: str
) -> Iterator[subprocess.Popen[bytes]]:
    """A real Celery worker for runs; killed at the end if it is still alive. Its output goes to `says`."""
    command = [sys.executable, "manage.py", "worker", "runs", *options]
    with started(command, environment(REDIS_URL=redis_url, **more), says=says) as process:
        yield process


def suspend_past_its_lease(pid: int, run: Run) -> None:
    """SIGSTOP the run's worker, and let its lease expire."""
    while True:
        os.kill(pid, signal.SIGSTOP)
        past = timezone.now() - timedelta(seconds=1)
        try:
            Run.objects.filter(pk=run.pk).update(lease_expires_at=past)
        except OperationalError:
            # It was stopped during a transaction, so the run is locked: let it end the transaction.
            os.kill(pid, signal.SIGCONT)
        else:
            return


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """A real Redis on a free port. Yields its URL."""
    port = _free_port()
    options = ["--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir", str(folder)]
    with started([processes.redis_server(), *options], dict(os.environ)):
        client = redis.Redis(port=port)
        eventually(lambda: _answers(client))
        client.close()
        yield f"redis://127.0.0.1:{port}"


@contextmanager
def started(
    command: list[str], env: dict[str, str], *, says: int = subprocess.DEVNULL
) -> Iterator[subprocess.Popen[bytes]]:
    """The process; killed with its group at the end if it is still alive."""
    logs = None if says == subprocess.DEVNULL else subprocess.STDOUT
    with subprocess.Popen(
        command, env=env, cwd=ROOT, stdout=says, stderr=logs, start_new_session=True
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.ConnectionError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
