"""Reading a run's story for a viewer: what comes after the cursor, and what they may be told besides."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models.functions import Now

from provisioner.models import Run
from provisioner.run_status import HELD_BY_A_WORKER
from provisioner.runs import events

PAGE = 500  # events


@dataclass(frozen=True, kw_only=True)
class Look:
    """One look at a run: a page of events in order, and the run as it was just before that page was read.

    `worker` is `ok`, `none` (nobody has to work on it now) or `silent since <ISO 8601>`. `count` and `sha256`
    are set once the run is sealed: no event comes any more.
    """

    events: list[dict[str, Any]]
    cursor: int
    known: int
    is_moving: bool
    worker: str
    count: int | None
    sha256: str

    @property
    def is_complete(self) -> bool:
        """The viewer has everything there will ever be."""
        return self.count is not None and self.cursor >= self.known

    def frame(self) -> dict[str, Any]:
        """The page on the wire. `last_seq` is the viewer's next cursor, `known` the run's last number."""
        return {"events": self.events, "last_seq": self.cursor, "known": self.known}

    def end(self) -> dict[str, Any]:
        """The last frame: proof that nothing is missing."""
        return {"end": True, "last_seq": self.cursor, "count": self.count, "sha256": self.sha256}


def look(*, run_id: Any, cursor: int, limit: int = PAGE) -> Look | None:
    """Up to `limit` events after the cursor; None where there is no such run."""
    columns = ("last_seq", "status", "lease_expires_at", "event_count", "sha256", "sealed_at")
    # A lease is judged by the clock that it was written by.
    run = Run.objects.only(*columns).annotate(read_at=Now()).filter(pk=run_id).first()
    if run is None:
        return None
    # The run first: sealed as it is then, whatever is read afterwards belongs to the whole story.
    found = events.after(run_id=run_id, cursor=cursor, limit=limit) if run.last_seq > cursor else []
    reached = found[-1]["seq"] if found else cursor
    return Look(
        events=found,
        cursor=reached,
        known=max(run.last_seq, reached) if found else run.last_seq,
        is_moving=run.status in HELD_BY_A_WORKER,
        worker=worker_word(run, now=run.read_at),
        count=run.event_count if run.sealed_at else None,
        sha256=run.sha256,
    )


def worker_word(run: Run, *, now: datetime) -> str:
    """Is somebody working on the run? A lease that ran out means silence since it was last renewed."""
    if run.status not in HELD_BY_A_WORKER or run.lease_expires_at is None:
        return "none"
    if run.lease_expires_at > now:
        return "ok"
    heard = run.lease_expires_at - timedelta(seconds=settings.LEASE_SECONDS)
    return f"silent since {heard:%Y-%m-%dT%H:%M:%SZ}"
