"""Machines with a runs worker: who we are, that we live, and what keeps our runs from starting."""

import os
import threading
import uuid
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.db import connection
from django.db.models import QuerySet

from provisioner.database import clock
from provisioner.models import WorkerHost
from provisioner.scheduling import tooling
from provisioner.terraform import shepherd

log = structlog.get_logger(__name__)

HEARTBEAT_SECONDS = 5.0
ALIVE_SECONDS = 30
GONE_SECONDS = 300


def host_id() -> str:
    """This host's id: made once, kept beside the workspaces, so that who has the files has the name."""
    path = Path(settings.VAR_DIR) / "host_id"
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"host_id.{os.getpid()}.{threading.get_ident()}")
    draft.write_text(uuid.uuid4().hex)
    try:
        # A link, not a rename: of two processes at their first start, one must win.
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text().strip()


def workspace_of(run_id: Any) -> Path:
    """Where a run's workspace lies on the host that has it."""
    return Path(settings.RUNS_DIR) / str(run_id)


def boot_id() -> str:
    """The kernel's id of this boot; another one means that every process of before is gone."""
    return shepherd.boot_id()


def beat(*, now: datetime) -> WorkerHost:
    """Say that this host's runs worker lives, and what is missing on it."""
    host, _ = WorkerHost.objects.update_or_create(
        host_id=host_id(),
        defaults={
            "boot_id": boot_id(),
            "slots": settings.RUN_SLOTS,
            "last_seen_at": now,
            "trouble": tooling.find_trouble()[:500],
        },
    )
    return host


def alive(*, now: datetime) -> QuerySet[WorkerHost]:
    """Hosts heard within the last 30 s."""
    return WorkerHost.objects.filter(last_seen_at__gte=now - timedelta(seconds=ALIVE_SECONDS))


def is_alive(host: WorkerHost, *, now: datetime) -> bool:
    """The same of one host that was read before."""
    return host.last_seen_at >= now - timedelta(seconds=ALIVE_SECONDS)


def gone(*, now: datetime) -> QuerySet[WorkerHost]:
    """Hosts silent for more than five minutes: nobody can say what became of their runs."""
    return WorkerHost.objects.filter(last_seen_at__lt=now - timedelta(seconds=GONE_SECONDS))


class Heartbeat(threading.Thread):
    """Beats every 5 s until stopped; a database that is away is waited for."""

    def __init__(self) -> None:
        super().__init__(name="heartbeat", daemon=True)
        self._stopped = threading.Event()

    def run(self) -> None:
        while True:
            try:
                beat(now=clock.now())
            except Exception as error:  # the next beat tries again, whatever it was
                log.warning("heartbeat not written", error=str(error))
            finally:
                connection.close()
            if self._stopped.wait(HEARTBEAT_SECONDS):
                return

    def stop(self) -> None:
        self._stopped.set()
