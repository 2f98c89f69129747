"""The visible queue: which runs wait, in what order, and why."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from provisioner import hosts
from provisioner.models import Run, WorkerHost
from provisioner.run_status import HELD_BY_A_WORKER, WAITING_FOR_A_SLOT, RunStatus


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where a waiting run stands. `position` counts from 1 (0: not in the queue); `reason` is a sentence."""

    position: int
    ahead: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class Overview:
    """The queue as a whole. `slots` are those of living hosts; `troubles` are what those hosts lack."""

    waiting: int
    busy: int
    slots: int
    hosts_alive: int
    last_seen_at: datetime | None
    oldest_queued_at: datetime | None
    troubles: tuple[str, ...]


def waiting() -> QuerySet[Run]:
    """Runs that wait for a slot, the one to start next first: an approved plan before a new one."""
    # "approved" sorts before "queued": what has been planned is finished first, before its plan ages.
    return Run.objects.filter(status__in=WAITING_FOR_A_SLOT).order_by("status", "queued_at", "pk")


def busy() -> int:
    """Runs in the hands of a worker."""
    return Run.objects.filter(status__in=HELD_BY_A_WORKER).count()


def free_slots(*, now: datetime) -> int:
    """How many runs could start now. With no host alive: as many as one host takes, for when it comes."""
    slots = hosts.alive(now=now).aggregate(all=Coalesce(Sum("slots"), 0))["all"]
    return max(0, (slots or settings.RUN_SLOTS) - busy())


def overview(*, now: datetime | None = None) -> Overview:
    """Length, slots and hosts, for `/readyz`, `/metrics` and the pages."""
    now = now or timezone.now()
    alive = list(hosts.alive(now=now))
    latest = WorkerHost.objects.order_by("-last_seen_at").values_list("last_seen_at", flat=True).first()
    oldest = waiting().order_by("queued_at").values_list("queued_at", flat=True).first()
    return Overview(
        waiting=waiting().count(),
        busy=busy(),
        slots=sum(host.slots for host in alive),
        hosts_alive=len(alive),
        last_seen_at=latest,
        oldest_queued_at=oldest,
        troubles=tuple(sorted({host.trouble for host in alive if host.trouble})),
    )


def standing(run: Run, *, now: datetime | None = None) -> Standing | None:
    """Where the run stands and what it waits for; None when it waits for nothing."""
    if run.status == RunStatus.PLANNED:
        return Standing(position=0, ahead=0, reason="Waits for approval by an operator or an admin.")
    if run.status not in WAITING_FOR_A_SLOT:
        return None
    ahead = waiting().filter(_ahead_of(run)).count()
    return Standing(position=ahead + 1, ahead=ahead, reason=_reason(ahead, overview(now=now)))


def _ahead_of(run: Run) -> Q:
    earlier = Q(queued_at__lt=run.queued_at) | Q(queued_at=run.queued_at, pk__lt=run.pk)
    return Q(status__lt=run.status) | (Q(status=run.status) & earlier)


def _reason(ahead: int, now_is: Overview) -> str:
    if not now_is.hosts_alive:
        since = f"since {now_is.last_seen_at:%H:%M} UTC" if now_is.last_seen_at else "yet"
        return f"No worker has been heard {since}; the run starts when one is back."
    if now_is.troubles:
        return now_is.troubles[0]
    if now_is.busy >= now_is.slots:
        return f"{now_is.busy} of {now_is.slots} slots are busy."
    return "A worker is about to take it." if not ahead else f"{ahead} before it."
