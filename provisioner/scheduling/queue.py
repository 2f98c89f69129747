"""The queue as people see it: which runs wait, in which order, and why."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import Case, F, IntegerField, QuerySet, Value, When, Window
from django.db.models.functions import Coalesce, RowNumber
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from provisioner.models import Run, WorkerHost
from provisioner.run_status import HELD_BY_A_WORKER, WAITING_FOR_A_SLOT, RunStatus
from provisioner.runs import durations
from provisioner.scheduling import fairness, hosts


@dataclass(frozen=True, kw_only=True)
class Position:
    """Where a waiting run is. `position` counts from 1 (0: not in the queue); `reason` is a sentence."""

    position: int
    ahead: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class Overview:
    """The queue in numbers. `slots` are those of live hosts that can run; `troubles` say what other hosts
    lack.

    `is_overdue`: a run has waited longer than `fairness.PATIENCE`.
    """

    waiting: int
    busy: int
    slots: int
    hosts_alive: int
    last_seen_at: datetime | None
    oldest_queued_at: datetime | None
    is_overdue: bool
    troubles: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class _Held:
    """A run in a worker's hands: its team, host, work, and start."""

    team_id: int
    host_id: str
    sort: tuple[str, str, bool]
    since: datetime | None


@dataclass(frozen=True, kw_only=True)
class _Snapshot:
    """Everything about the queue at one moment, from three queries."""

    now: datetime
    queued: list[fairness.Waiting]
    held: list[_Held]
    hosts: dict[str, WorkerHost]

    @property
    def alive(self) -> dict[str, WorkerHost]:
        return {name: host for name, host in self.hosts.items() if hosts.is_alive(host, now=self.now)}

    @property
    def overview(self) -> Overview:
        alive = self.alive.values()
        oldest = min((row.queued_at for row in self.queued), default=None)
        return Overview(
            waiting=len(self.queued),
            busy=len(self.held),
            slots=sum(host.slots for host in _able(alive)),
            hosts_alive=len(alive),
            last_seen_at=max((host.last_seen_at for host in self.hosts.values()), default=None),
            oldest_queued_at=oldest,
            is_overdue=oldest is not None and oldest <= self.now - fairness.PATIENCE,
            troubles=tuple(sorted({host.trouble for host in alive if host.trouble})),
        )


def waiting(*, now: datetime) -> list[fairness.Waiting]:
    """Runs that wait for a slot, in the order of `fairness.in_fair_order`: the next to start first."""
    return _in_fair_order(_queued(now), _held())


def startable(*, now: datetime, here: str = "") -> list[UUID]:
    """Ids of the runs for which a slot is free now, in their order. Three queries, however many runs wait.

    `here`: the id of a host that is certainly alive, because it asks. If no host is alive: as many runs as
    one host takes, for when it is back.
    """
    held = _held()
    alive = list(hosts.alive(now=now))
    slots = {host.host_id: host.slots for host in _able(alive)}
    if here and (here in slots or all(host.host_id != here for host in alive)):
        slots[here] = settings.RUN_SLOTS
    busy = Counter(each.host_id for each in held)
    free = {name: count - busy[name] for name, count in slots.items()}
    free = free or {"": settings.RUN_SLOTS - len(held)}
    seats = sum(max(count, 0) for count in free.values())
    if not seats:
        return []
    # Of a team's runs for the same host, no later one starts before these.
    head = _queued(now).annotate(seat=_number(F("rank"), "environment__team_id", "host_id"))
    return [
        row.run_id
        for row in fairness.startable(_in_fair_order(head.filter(seat__lte=seats), held), free=free)
    ]


def overview(*, now: datetime | None = None) -> Overview:
    """Length, slots and hosts, for `/readyz`, `/metrics` and the pages."""
    return _take_snapshot(now or timezone.now()).overview


def position(run: Run, *, now: datetime | None = None) -> Position | None:
    """Where the run is in the queue and what it waits for; None if it waits for nothing."""
    return positions([run], now=now).get(run.pk)


def positions(runs: Iterable[Run], *, now: datetime | None = None) -> dict[UUID, Position]:
    """The positions of those of the runs that wait, by id. Four queries, however many runs there are."""
    runs = list(runs)
    approval = Position(position=0, ahead=0, reason=_("Waits for approval by an operator or an admin."))
    found = {run.pk: approval for run in runs if run.status == RunStatus.PLANNED}
    wanted = {run.pk for run in runs if run.status in WAITING_FOR_A_SLOT}
    if not wanted:
        return found
    snapshot = _take_snapshot(now or timezone.now())
    waits = _waits(snapshot)
    for ahead, (row, seconds) in enumerate(zip(snapshot.queued, waits, strict=True)):
        if row.run_id in wanted:
            reason = _reason(snapshot, row, ahead=ahead, seconds=seconds)
            found[row.run_id] = Position(position=ahead + 1, ahead=ahead, reason=reason)
    return found


def _take_snapshot(now: datetime) -> _Snapshot:
    held = _held()
    every_host = {host.host_id: host for host in WorkerHost.objects.all()}
    return _Snapshot(now=now, queued=_in_fair_order(_queued(now), held), held=held, hosts=every_host)


def _able(alive: Iterable[WorkerHost]) -> list[WorkerHost]:
    """The hosts that lack nothing: another host would fail run after run, and so always have a free slot.

    If all hosts lack something, all of them: a run that fails there says what.
    """
    everyone = list(alive)
    return [host for host in everyone if not host.trouble] or everyone


def _held() -> list[_Held]:
    columns = ("environment__team_id", "host_id", "kind", "environment__blueprint", "applying_at")
    rows = Run.objects.filter(status__in=HELD_BY_A_WORKER).annotate(
        since=Coalesce("applying_at", "started_at")
    )
    return [
        _Held(team_id=team, host_id=host, sort=(kind, blueprint, applying_at is not None), since=since)
        for team, host, kind, blueprint, applying_at, since in rows.values_list(*columns, "since")
    ]


def _queued(now: datetime) -> QuerySet[Run]:
    rows = Run.objects.filter(status__in=WAITING_FOR_A_SLOT).annotate(rank=_rank(now))
    return rows.annotate(place=_number(F("rank"), "environment__team_id") - 1)


def _rank(now: datetime) -> Case:
    """`fairness.RANKS` in SQL, so that the whole queue need not be read to find its head."""
    cases = [When(status=RunStatus.APPROVED, then=Value(fairness.APPROVED_RANK))]
    for kind, base in fairness.RANKS.items():
        for rank, moment in fairness.until_rank(base, now=now):
            cases.append(When(kind=kind, queued_at__gt=moment, then=Value(rank)))
    return Case(*cases, default=Value(0), output_field=IntegerField())


def _number(*partition: F | str) -> Window:
    """Counts from 1, earlier requests first."""
    return Window(RowNumber(), partition_by=list(partition), order_by=["queued_at", "pk"])


def _in_fair_order(queued: QuerySet[Run], held: Sequence[_Held]) -> list[fairness.Waiting]:
    columns = {
        "run_id": "pk", "status": "status", "kind": "kind", "blueprint": "environment__blueprint",
        "queued_at": "queued_at", "team_id": "environment__team_id",
        "team_served_at": "environment__team__served_at", "host_id": "host_id",
        "rank": "rank", "place": "place",
    }  # fmt: skip
    rows = queued.order_by().values_list(*columns.values())
    waiting = [fairness.Waiting(**dict(zip(columns, row, strict=True))) for row in rows]
    return fairness.in_fair_order(waiting, busy=Counter(each.team_id for each in held))


def _waits(snapshot: _Snapshot) -> list[float | None]:
    typical = durations.typical()
    left = [
        max(0.0, typical[each.sort] - (snapshot.now - each.since).total_seconds())
        if each.since and each.sort in typical
        else None
        for each in snapshot.held
    ]
    takes = [
        typical.get((row.kind, row.blueprint, row.status == RunStatus.APPROVED)) for row in snapshot.queued
    ]
    return fairness.starts(takes, busy_left=left, slots=snapshot.overview.slots)


def _reason(snapshot: _Snapshot, row: fairness.Waiting, *, ahead: int, seconds: float | None) -> str:
    overview, alive = snapshot.overview, snapshot.alive
    if not alive:
        return _no_worker(overview)
    if row.host_id and row.host_id not in alive:
        return _silent_host(snapshot.hosts.get(row.host_id))
    waits_for = [alive[row.host_id]] if row.host_id else _able(alive.values())
    if trouble := next((host.trouble for host in waits_for if host.trouble), ""):
        return trouble
    if row.host_id:
        busy = sum(each.host_id == row.host_id for each in snapshot.held)
        if busy >= alive[row.host_id].slots:
            values = {"busy": busy, "slots": alive[row.host_id].slots}
            return _("%(busy)s of %(slots)s slots of the host that has the plan are busy.") % values
    if overview.busy >= overview.slots:
        values = {"busy": overview.busy, "slots": overview.slots}
        return _with_wait(_("%(busy)s of %(slots)s slots are busy.") % values, seconds)
    if ahead:
        template = ngettext("%(count)s run is before it.", "%(count)s runs are before it.", ahead)
        return _with_wait(template % {"count": ahead}, seconds)
    return _("A worker is about to take it.")


def _no_worker(overview: Overview) -> str:
    if overview.last_seen_at is None:
        return _("No worker has started yet. The run starts as soon as one does.")
    return _("No worker has responded since %(time)s UTC. The run starts as soon as one is back.") % {
        "time": f"{overview.last_seen_at:%H:%M}"
    }


def _silent_host(host: WorkerHost | None) -> str:
    if host is None:
        return _("The host that has the plan does not respond.")
    return _("The host that has the plan has not responded since %(time)s UTC.") % {
        "time": f"{host.last_seen_at:%H:%M}"
    }


def _with_wait(reason: str, seconds: float | None) -> str:
    if seconds is None:
        return reason
    return _("%(reason)s Expected wait: %(duration)s.") % {
        "reason": reason,
        "duration": durations.in_words(seconds),
    }
