"""Waking a worker: a run's id over the broker. The database is the queue; a lost message is sent again."""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db.models import F

from provisioner import celery_app
from provisioner.models import Run
from provisioner.run_status import WAITING_FOR_A_SLOT
from provisioner.scheduling import queue

log = structlog.get_logger(__name__)

TASK = "provisioner.advance_run"
_FIRST_PATIENCE_SECONDS = 20
_LONGEST_PATIENCE_SECONDS = 300


def queue_of(host_id: str) -> str:
    """The queue that only this host's runs worker reads; the shared queue without a host."""
    return f"runs.{host_id}" if host_id else "runs"


def publish(*, run_id: UUID, now: datetime) -> bool:
    """Send a run to a worker that may advance it, and record that. Never raises: the housekeeping repeats
    it.
    """
    try:
        host_id = Run.objects.values_list("host_id", flat=True).get(pk=run_id)
        _note_sent(run_id, now)
        celery_app.app.send_task(TASK, args=[str(run_id)], queue=queue_of(host_id))
    except Exception as error:  # A broker or a database that is away must not undo the operation before it.
        log.warning(
            "run not dispatched; the housekeeping will repeat it", run_id=str(run_id), error=str(error)
        )
        return False
    return True


def _note_sent(run_id: UUID, now: datetime) -> None:
    still_open = Run.objects.filter(pk=run_id, sealed_at__isnull=True)
    still_open.update(dispatched_at=now, dispatch_count=F("dispatch_count") + 1)


def next_runs(*, now: datetime) -> list[UUID]:
    """Publish the head of the queue, as far as slots are free. Called when a slot becomes free."""
    return [run_id for run_id in queue.startable(now=now) if publish(run_id=run_id, now=now)]


def repeat_lost(*, now: datetime) -> list[UUID]:
    """Publish the head of the queue again if it was sent long ago: after 20 s, then twice that, up
    to 300 s.
    """
    head = Run.objects.in_bulk(queue.startable(now=now)).values()
    return [run.pk for run in head if _is_overdue(run, now) and publish(run_id=run.pk, now=now)]


def _is_overdue(run: Run, now: datetime) -> bool:
    if run.status not in WAITING_FOR_A_SLOT:
        return False
    doublings = min(max(run.dispatch_count - 1, 0), 8)
    patience = min(_FIRST_PATIENCE_SECONDS * 2**doublings, _LONGEST_PATIENCE_SECONDS)
    return run.dispatched_at is None or run.dispatched_at <= now - timedelta(seconds=patience)
