"""Hosts with a runs worker: their id, their heartbeat, and what keeps their runs from starting."""

import os
import threading
import uuid
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

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
    """This host's id. It is created once and stored next to the workspaces, so that it stays with
    the files.
    """
    path = Path(settings.VAR_DIR) / "host_id"
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"host_id.{os.getpid()}.{threading.get_ident()}")
    draft.write_text(uuid.uuid4().hex)
    try:
        # A link, not a rename: if two processes start for the first time, one must win.
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text().strip()


def workspace_of(run_id: UUID) -> Path:
    """Where a run's workspace is, on the host that has it."""
    return Path(settings.RUNS_DIR) / str(run_id)


def boot_id() -> str:
    """The kernel's id of this boot. Another id means that all earlier processes are gone."""
    return shepherd.boot_id()


def beat(*, now: datetime) -> WorkerHost:
    """Record that this host's runs worker is alive, and what is missing on the host."""
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
    """Hosts with a heartbeat in the last 30 s."""
    return WorkerHost.objects.filter(last_seen_at__gte=now - timedelta(seconds=ALIVE_SECONDS))


def is_alive(host: WorkerHost, *, now: datetime) -> bool:
    """The same for one host that was read before."""
    return host.last_seen_at >= now - timedelta(seconds=ALIVE_SECONDS)


def gone(*, now: datetime) -> QuerySet[WorkerHost]:
    """Hosts without a heartbeat for more than five minutes. What became of their runs is not known."""
    return WorkerHost.objects.filter(last_seen_at__lt=now - timedelta(seconds=GONE_SECONDS))


class Heartbeat(threading.Thread):
    """Beats every 5 s until stopped. Waits for a database that is away."""

    def __init__(self) -> None:
        super().__init__(name="heartbeat", daemon=True)
        self._stopped = threading.Event()

    def run(self) -> None:
        while True:
            try:
                beat(now=clock.now())
            except Exception as error:  # Whatever it was, the next beat tries again.
                log.warning("heartbeat not written", error=str(error))
            finally:
                connection.close()
            if self._stopped.wait(HEARTBEAT_SECONDS):
                return

    def stop(self) -> None:
        self._stopped.set()
