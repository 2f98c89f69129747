"""Read a run's event log for a viewer: the events after a cursor, and the state of the run."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models.functions import Now

from provisioner.models import Run
from provisioner.run_status import HELD_BY_A_WORKER
from provisioner.runs import events

PAGE = 500  # events

# As it is sent: `seq`, `at`, `phase`, `type`, `level`, `message`, `resource`, `data`.
Event = events.SentEvent


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """A page of events in order, and the run as it was just before the page was read.

    `worker` is `ok`, `none` (no worker is needed now) or `silent since <ISO 8601>`. `count` and `sha256` are
    set when the run is sealed: then no further event can come.
    """

    events: list[Event]
    cursor: int
    known: int
    is_active: bool
    worker: str
    count: int | None
    sha256: str

    @property
    def is_complete(self) -> bool:
        """Does the viewer have all events that there will ever be?"""
        return self.count is not None and self.cursor >= self.known

    def frame(self) -> dict[str, object]:
        """The page as it is sent. `last_seq` is the next cursor, `known` the run's highest event number."""
        return {"events": self.events, "last_seq": self.cursor, "known": self.known}

    def end(self) -> dict[str, object]:
        """The last frame: proof that nothing is missing."""
        return {"end": True, "last_seq": self.cursor, "count": self.count, "sha256": self.sha256}


def read_snapshot(*, run_id: UUID, cursor: int, limit: int = PAGE) -> Snapshot | None:
    """Up to `limit` events after the cursor; None if there is no such run."""
    columns = ("last_seq", "status", "lease_expires_at", "event_count", "sha256", "sealed_at")
    # Compare a lease with the clock of the database, which also set it.
    run = Run.objects.only(*columns).annotate(read_at=Now()).filter(pk=run_id).first()
    if run is None:
        return None
    # The run first: if it is sealed now, the events that are read afterwards are complete.
    found = events.after(run_id=run_id, cursor=cursor, limit=limit) if run.last_seq > cursor else []
    reached = found[-1]["seq"] if found else cursor
    return Snapshot(
        events=found,
        cursor=reached,
        known=max(run.last_seq, reached) if found else run.last_seq,
        is_active=run.status in HELD_BY_A_WORKER,
        worker=worker_state(run, now=run.read_at),
        count=run.event_count if run.sealed_at else None,
        sha256=run.sha256,
    )


def worker_state(run: Run, *, now: datetime) -> str:
    """Is a worker working on the run? An expired lease means silence since its last renewal."""
    if run.status not in HELD_BY_A_WORKER or run.lease_expires_at is None:
        return "none"
    if run.lease_expires_at > now:
        return "ok"
    renewed_at = run.lease_expires_at - timedelta(seconds=settings.LEASE_SECONDS)
    return f"silent since {renewed_at:%Y-%m-%dT%H:%M:%SZ}"
