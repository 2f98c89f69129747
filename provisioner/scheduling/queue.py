"""The visible queue: which runs wait, in what order, and why."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Case, F, IntegerField, QuerySet, Value, When, Window
from django.db.models.functions import Coalesce, RowNumber
from django.utils import timezone

from provisioner.models import Run, WorkerHost
from provisioner.run_status import HELD_BY_A_WORKER, WAITING_FOR_A_SLOT, RunStatus
from provisioner.runs import durations
from provisioner.scheduling import fairness, hosts


@dataclass(frozen=True, kw_only=True)
class Position:
    """Where a waiting run stands. `position` counts from 1 (0: not in the queue); `reason` is a sentence."""

    position: int
    ahead: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class Overview:
    """The queue as a whole. `slots` are those of living hosts that can run; `troubles` what some lack.

    `is_overdue`: somebody has waited longer than `turns.PATIENCE`.
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
    """A run in a worker's hands: of which team, on which host, doing what, since when."""

    team_id: int
    host_id: str
    sort: tuple[str, str, bool]
    since: datetime | None


@dataclass(frozen=True, kw_only=True)
class _Snapshot:
    """Everything the queue is made of at one moment, from three queries."""

    now: datetime
    line: list[fairness.Waiting]
    held: list[_Held]
    hosts: dict[str, WorkerHost]

    @property
    def alive(self) -> dict[str, WorkerHost]:
        return {name: host for name, host in self.hosts.items() if hosts.is_alive(host, now=self.now)}

    @property
    def overview(self) -> Overview:
        alive = self.alive.values()
        oldest = min((row.queued_at for row in self.line), default=None)
        return Overview(
            waiting=len(self.line),
            busy=len(self.held),
            slots=sum(host.slots for host in _able(alive)),
            hosts_alive=len(alive),
            last_seen_at=max((host.last_seen_at for host in self.hosts.values()), default=None),
            oldest_queued_at=oldest,
            is_overdue=oldest is not None and oldest <= self.now - fairness.PATIENCE,
            troubles=tuple(sorted({host.trouble for host in alive if host.trouble})),
        )


def waiting(*, now: datetime) -> list[fairness.Waiting]:
    """Runs that wait for a slot, in the order of `turns.in_turn`: the one to start next first."""
    return _in_turn(_line(now), _held())


def startable(*, now: datetime, here: str = "") -> list[Any]:
    """Ids of the runs for which a slot is free now, in their order. Three queries, however many wait.

    `here`: the id of a host that surely lives, for it asks. With no host alive: as many as one host takes,
    for when it comes.
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
    # Of those that a team has waiting for the same host, no later one starts before these.
    head = _line(now).annotate(seat=_number(F("rank"), "environment__team_id", "host_id"))
    return [row.run_id for row in fairness.startable(_in_turn(head.filter(seat__lte=seats), held), free=free)]


def overview(*, now: datetime | None = None) -> Overview:
    """Length, slots and hosts, for `/readyz`, `/metrics` and the pages."""
    return _take_snapshot(now or timezone.now()).overview


def position(run: Run, *, now: datetime | None = None) -> Position | None:
    """Where the run stands and what it waits for; None when it waits for nothing."""
    return positions([run], now=now).get(run.pk)


def positions(runs: Iterable[Run], *, now: datetime | None = None) -> dict[Any, Position]:
    """By id, where those of the runs stand that wait for something; four queries, however many they are."""
    runs = list(runs)
    approval = Position(position=0, ahead=0, reason="Waits for approval by an operator or an admin.")
    found = {run.pk: approval for run in runs if run.status == RunStatus.PLANNED}
    wanted = {run.pk for run in runs if run.status in WAITING_FOR_A_SLOT}
    if not wanted:
        return found
    look = _take_snapshot(now or timezone.now())
    waits = _waits(look)
    for ahead, (row, seconds) in enumerate(zip(look.line, waits, strict=True)):
        if row.run_id in wanted:
            reason = _reason(look, row, ahead=ahead, seconds=seconds)
            found[row.run_id] = Position(position=ahead + 1, ahead=ahead, reason=reason)
    return found


def _take_snapshot(now: datetime) -> _Snapshot:
    held = _held()
    every_host = {host.host_id: host for host in WorkerHost.objects.all()}
    return _Snapshot(now=now, line=_in_turn(_line(now), held), held=held, hosts=every_host)


def _able(alive: Iterable[WorkerHost]) -> list[WorkerHost]:
    """Those that lack nothing: another would fail run after run, and so be free for the next.

    All of them where each lacks something: a run that fails there says what.
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


def _line(now: datetime) -> QuerySet[Run]:
    rows = Run.objects.filter(status__in=WAITING_FOR_A_SLOT).annotate(rank=_rank(now))
    return rows.annotate(place=_number(F("rank"), "environment__team_id") - 1)


def _rank(now: datetime) -> Case:
    """`turns.RANKS` in SQL: so that the whole line need not be read to know who is at its head."""
    cases = [When(status=RunStatus.APPROVED, then=Value(fairness.APPROVED_RANK))]
    for kind, base in fairness.RANKS.items():
        for rank, moment in fairness.until_rank(base, now=now):
            cases.append(When(kind=kind, queued_at__gt=moment, then=Value(rank)))
    return Case(*cases, default=Value(0), output_field=IntegerField())


def _number(*partition: Any) -> Window:
    """Counts from 1, those asked for earlier first."""
    return Window(RowNumber(), partition_by=list(partition), order_by=["queued_at", "pk"])


def _in_turn(line: QuerySet[Run], held: Sequence[_Held]) -> list[fairness.Waiting]:
    columns = {
        "run_id": "pk", "status": "status", "kind": "kind", "blueprint": "environment__blueprint",
        "queued_at": "queued_at", "team_id": "environment__team_id",
        "team_served_at": "environment__team__served_at", "host_id": "host_id",
        "rank": "rank", "place": "place",
    }  # fmt: skip
    rows = line.order_by().values_list(*columns.values())
    waiting = [fairness.Waiting(**dict(zip(columns, row, strict=True))) for row in rows]
    return fairness.in_fair_order(waiting, busy=Counter(each.team_id for each in held))


def _waits(look: _Snapshot) -> list[float | None]:
    typical = durations.typical()
    left = [
        max(0.0, typical[each.sort] - (look.now - each.since).total_seconds())
        if each.since and each.sort in typical
        else None
        for each in look.held
    ]
    takes = [typical.get((row.kind, row.blueprint, row.status == RunStatus.APPROVED)) for row in look.line]
    return fairness.starts(takes, busy_left=left, slots=look.overview.slots)


def _reason(look: _Snapshot, row: fairness.Waiting, *, ahead: int, seconds: float | None) -> str:
    now_is, alive = look.overview, look.alive
    if not alive:
        if now_is.last_seen_at is None:
            return "No worker has been heard yet; the run starts when one is."
        return f"No worker alive since {now_is.last_seen_at:%H:%M} UTC; the run starts when one is back."
    if row.host_id and row.host_id not in alive:
        silent = look.hosts.get(row.host_id)
        since = f" since {silent.last_seen_at:%H:%M} UTC" if silent else ""
        return f"The host that has its plan is silent{since}."
    waits_for = [alive[row.host_id]] if row.host_id else _able(alive.values())
    if trouble := next((host.trouble for host in waits_for if host.trouble), ""):
        return trouble
    about = f", {durations.in_words(seconds)}" if seconds is not None else ""
    if row.host_id:
        busy = sum(each.host_id == row.host_id for each in look.held)
        if busy >= alive[row.host_id].slots:
            return f"{busy} of {alive[row.host_id].slots} slots of the host that has its plan busy."
    if now_is.busy >= now_is.slots:
        return f"{now_is.busy} of {now_is.slots} slots busy{about}."
    return f"{ahead} before it{about}." if ahead else "A worker is about to take it."
