"""The order of the queue: properties of every queue, and 500 runs that all get a slot."""

import random
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from provisioner.models import CloudAccount, Environment, Run, Team, WorkerHost
from provisioner.permissions import Person
from provisioner.run_status import EnvironmentStatus, RunKind, RunStatus
from provisioner.runs import lifecycle
from provisioner.scheduling import dispatch, fairness, hosts, queue
from provisioner.worker import claims, execution
from tests.support.engine import PlaceOrder, brought_to
from tests.support.races import at_once, kinds

NOW = datetime(2030, 1, 1, 12, 0, tzinfo=UTC)
TEAMS, SLOTS = 5, 2

waiting = st.builds(
    fairness.Waiting,
    run_id=st.uuids(),
    status=st.just("queued"),
    kind=st.just("create"),
    blueprint=st.just("pieces"),
    queued_at=st.integers(0, 30).map(lambda minutes: NOW + timedelta(minutes=minutes)),
    team_id=st.integers(1, 4),
    team_served_at=st.none() | st.integers(0, 30).map(lambda minutes: NOW - timedelta(minutes=minutes)),
    host_id=st.sampled_from(["", "", "one", "two"]),
    rank=st.integers(0, 2),
    place=st.just(0),
)


def with_places(rows: list[fairness.Waiting]) -> list[fairness.Waiting]:
    """The same rows, each with the number of earlier ones of its team and rank."""
    count: Counter[tuple[int, int]] = Counter()
    found = {}
    for row in sorted(rows, key=lambda row: (row.queued_at, str(row.run_id))):
        found[row.run_id] = replace(row, place=count[row.rank, row.team_id])
        count[row.rank, row.team_id] += 1
    return [found[row.run_id] for row in rows]


lines = st.lists(waiting, unique_by=lambda row: row.run_id, max_size=30).map(with_places)
busy = st.dictionaries(st.integers(1, 4), st.integers(0, 4))


class TestFairOrder:
    @given(rows=lines, busy=busy, shuffle=st.randoms())
    def test_has_the_same_rows_and_does_not_depend_on_their_sequence(
        self, rows: list[fairness.Waiting], busy: dict[int, int], shuffle: random.Random
    ) -> None:
        line = fairness.in_fair_order(rows, busy=busy)
        shuffle.shuffle(rows)

        assert fairness.in_fair_order(rows, busy=busy) == line
        assert sorted(row.run_id for row in line) == sorted(row.run_id for row in rows)

    @given(rows=lines, busy=busy)
    def test_is_by_priority_and_within_a_team_by_time(
        self, rows: list[fairness.Waiting], busy: dict[int, int]
    ) -> None:
        line = fairness.in_fair_order(rows, busy=busy)

        assert [row.rank for row in line] == sorted(row.rank for row in rows)
        for team in range(1, 5):
            for rank in (0, 1, 2):
                asked = [row.queued_at for row in line if (row.team_id, row.rank) == (team, rank)]
                assert asked == sorted(asked)

    @given(rows=lines)
    def test_gives_no_team_two_runs_more_than_another_waiting_team(
        self, rows: list[fairness.Waiting]
    ) -> None:
        line = fairness.in_fair_order(rows, busy={})
        had: Counter[tuple[int, int]] = Counter()

        for place, row in enumerate(line):
            had[row.rank, row.team_id] += 1
            still = {other.team_id for other in line[place + 1 :] if other.rank == row.rank}
            assert all(had[row.rank, team] >= had[row.rank, row.team_id] - 1 for team in still)

    @given(rows=lines, free=st.dictionaries(st.sampled_from(["one", "two", "three"]), st.integers(-1, 3)))
    def test_gives_no_host_more_than_its_free_slots(
        self, rows: list[fairness.Waiting], free: dict[str, int]
    ) -> None:
        taken = fairness.startable(rows, free=free)

        bound = Counter(row.host_id for row in taken if row.host_id)
        assert len(taken) <= sum(max(count, 0) for count in free.values())
        assert all(count <= free.get(host, 0) for host, count in bound.items())

    def test_has_a_rank_for_every_kind_of_run(self) -> None:
        assert set(fairness.RANKS) == set(RunKind)


class TestExpectedStarts:
    def test_count_active_runs_and_all_runs_ahead(self) -> None:
        assert fairness.starts([60, 60, 60], busy_left=[30, 90], slots=2) == [30, 90, 90]

    def test_are_immediate_if_a_slot_is_free(self) -> None:
        assert fairness.starts([60, 60], busy_left=[30], slots=2) == [0, 30]

    def test_are_unknown_after_a_run_without_usual_times(self) -> None:
        assert fairness.starts([60, None, 60], busy_left=[30, 40], slots=2) == [30, 40, None]
        assert fairness.starts([60], busy_left=[None], slots=2) == [None]


def boxes(owners: list[Team], account: CloudAccount, alice: Any) -> list[Environment]:
    """One environment for each team in the list."""
    return Environment.objects.bulk_create(
        Environment(
            name=f"box-{place}", team=team, account=account, owner=alice, blueprint="pieces",
            status=EnvironmentStatus.CREATING, created_at=NOW, run_counter=1,
        )
        for place, team in enumerate(owners)
    )  # fmt: skip


def request(environment: Environment, *, at: datetime, kind: str = "create", **columns: Any) -> Run:
    """A waiting run, not yet stored."""
    return Run(
        environment=environment, number=1, kind=kind, requested_by=environment.owner, queued_at=at,
        environment_was="ready", **columns,
    )  # fmt: skip


@pytest.fixture
def teams(db: None) -> list[Team]:
    return [Team.objects.create(slug=f"team-{number}", name=f"Team {number}") for number in range(TEAMS)]


@pytest.fixture
def five_hundred(teams: list[Team], account: CloudAccount, alice: Any) -> list[Run]:
    """500 runs of five teams: the first team requested 400 before the others requested 25 each."""
    alice.role = "admin"
    alice.save()
    owners = [teams[0]] * 400 + [team for team in teams[1:] for _ in range(25)]
    made = Run.objects.bulk_create(
        request(box, at=NOW + timedelta(seconds=place), kind="destroy" if place % 50 == 49 else "create")
        for place, box in enumerate(boxes(owners, account, alice))
    )
    with connection.cursor() as cursor:
        # As autovacuum would soon: otherwise PostgreSQL expects one row and joins 500 one by one.
        cursor.execute("ANALYZE")
    return made


def test_each_of_five_hundred_runs_gets_a_slot_in_time(five_hundred: list[Run], settings: Settings) -> None:
    settings.RUN_SLOTS = SLOTS
    served: list[Run] = []
    # One heartbeat is enough: the test is shorter than its validity.
    hosts.beat(now=NOW)
    for round_number in range(500):
        clock = NOW + timedelta(milliseconds=10 * round_number)
        if len(served) >= SLOTS:
            # Only the slot matters here, not how the run ends.
            Run.objects.filter(pk=served[-SLOTS].pk).update(status=RunStatus.FAILED)
        if round_number % 50 == 0:
            with pytest.raises(claims.NotClaimed, match="is not next in the queue"):
                claims.to_plan(run_id=queue.waiting(now=clock)[-1].run_id, now=clock)
        served.append(claims.to_plan(run_id=queue.startable(now=clock)[0], now=clock))

    assert {run.status for run in served} == {RunStatus.PLANNING}
    assert len({run.environment_id for run in served}) == 500
    destroys, rest = served[:10], served[10:]
    assert {run.kind for run in destroys} == {"destroy"}
    assert "destroy" not in {run.kind for run in rest}
    waits = defaultdict(list)
    for place, run in enumerate(rest, start=1):
        waits[run.environment.team_id].append((place, run.queued_at))
    for mine in waits.values():
        assert [asked for _, asked in mine] == sorted(asked for _, asked in mine)
        # The limit: a team's n-th run waits for n runs of every team, and for the active runs.
        assert all(place <= n * TEAMS + SLOTS for n, (place, _) in enumerate(mine, start=1))
    # Four teams are done after 25 rounds; until then no team gets two runs more than another.
    rounds = rest[: 24 * TEAMS]
    counts = [Counter(run.environment.team_id for run in rounds[:end]) for end in range(TEAMS, len(rounds))]
    assert all(max(had.values()) - min(had.values()) <= 2 for had in counts)


def test_a_claim_takes_as_many_queries_with_five_hundred_waiting_runs_as_with_five(
    five_hundred: list[Run], settings: Settings
) -> None:
    settings.RUN_SLOTS = SLOTS
    hosts.beat(now=NOW)

    def cost() -> tuple[int, int]:
        """SQL statements, and rows of waiting runs that were read to find the next one."""
        read: list[int] = []
        in_fair_order = fairness.in_fair_order

        def counted(rows: list[fairness.Waiting], *, busy: Mapping[int, int]) -> list[fairness.Waiting]:
            read.append(len(rows))
            return in_fair_order(rows, busy=busy)

        with CaptureQueriesContext(connection) as asked, pytest.MonkeyPatch.context() as patch:
            patch.setattr(fairness, "in_fair_order", counted)
            claims.to_plan(run_id=queue.startable(now=NOW)[0], now=NOW)
        return len(asked), max(read)

    with transaction.atomic():
        with_many = cost()
        transaction.set_rollback(True)
    few = [run.pk for run in five_hundred[-5:]]
    Run.objects.exclude(pk__in=few).update(status=RunStatus.FAILED)
    with_few = cost()

    assert with_many[0] == with_few[0]
    assert with_many[1] <= 2 * TEAMS * SLOTS


@pytest.mark.parametrize("seed", range(6))
def test_the_head_read_from_the_database_is_that_of_the_complete_queue(
    teams: list[Team], account: CloudAccount, alice: Person, settings: Settings, seed: int
) -> None:
    settings.RUN_SLOTS = 3
    dice = random.Random(seed)
    for name, slots in (("one", dice.randint(0, 3)), ("two", dice.randint(0, 3))):
        WorkerHost.objects.create(host_id=name, boot_id="boot", slots=slots, last_seen_at=NOW)
    runs: list[Run] = []
    for box in boxes([dice.choice(teams) for _ in range(80)], account, alice):
        status = dice.choice(["queued", "queued", "approved", "planning"] if len(runs) < 8 else ["queued"])
        host = dice.choice(["one", "two", "gone"]) if status != "queued" or dice.random() < 0.3 else ""
        at = NOW - timedelta(minutes=dice.randint(0, 70))
        kind = dice.choice(["create", "update", "destroy"])
        runs.append(request(box, at=at, kind=kind, status=status, host_id=host, plan_sha256="a" * 64))
    Run.objects.bulk_create(runs)

    line = queue.waiting(now=NOW)

    under_way = Counter(run.host_id for run in runs if run.status == "planning")
    free = {host.host_id: host.slots - under_way[host.host_id] for host in WorkerHost.objects.all()}
    assert queue.startable(now=NOW) == [row.run_id for row in fairness.startable(line, free=free)]
    ranked = [replace(row, rank=rank_of(row, now=NOW)) for row in line]
    assert line == with_places(ranked)


def rank_of(row: fairness.Waiting, *, now: datetime) -> int:
    """The rank that the SQL of the queue must calculate."""
    waited = (now - row.queued_at) // fairness.PATIENCE
    return 0 if row.status == "approved" else max(0, fairness.RANKS[row.kind] - waited)


class TestPatience:
    def test_moves_a_plan_ahead_of_newer_destroys(
        self, teams: list[Team], account: CloudAccount, alice: Person, settings: Settings
    ) -> None:
        settings.RUN_SLOTS = 1
        patient, *others = boxes([teams[0]] + [teams[1]] * 60, account, alice)
        plan = request(patient, at=NOW)
        plan.save()
        destroys = [
            request(box, at=NOW + timedelta(minutes=minute - 1), kind="destroy")
            for minute, box in enumerate(others)
        ]
        first = None
        for minute, destroy in enumerate(destroys):
            destroy.save()
            [head] = queue.startable(now=NOW + timedelta(minutes=minute))
            if head == plan.pk:
                first = minute
                break
            Run.objects.filter(pk=head).update(status=RunStatus.FAILED)

        assert first is not None
        assert 30 <= first <= 31

    def test_a_kind_of_run_can_be_ranked_after_planning(
        self, teams: list[Team], account: CloudAccount, alice: Person, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(fairness.RANKS, RunKind.UPDATE, 2)
        kinds_of_runs = ["update", "create", "destroy"]
        made = [
            request(box, at=NOW, kind=kind)
            for box, kind in zip(boxes(teams[:3], account, alice), kinds_of_runs, strict=True)
        ]
        Run.objects.bulk_create(made)

        assert [row.kind for row in queue.waiting(now=NOW)] == ["destroy", "create", "update"]
        assert [row.rank for row in queue.waiting(now=NOW + fairness.PATIENCE)] == [0, 0, 1]
        assert {row.rank for row in queue.waiting(now=NOW + 2 * fairness.PATIENCE)} == {0}


def test_the_queue_takes_few_queries_for_five_hundred_runs(five_hundred: list[Run]) -> None:
    hosts.beat(now=NOW)
    with CaptureQueriesContext(connection) as asked:
        standings = queue.positions(five_hundred, now=NOW)
    with CaptureQueriesContext(connection) as chosen:
        queue.startable(now=NOW)

    assert (len(standings), len(asked), len(chosen)) == (500, 4, 3)
    assert sorted(found.position for found in standings.values()) == list(range(1, 501))


@pytest.mark.django_db
class TestReasons:
    def test_a_plan_whose_host_is_silent_does_not_block_other_runs(
        self, place_order: PlaceOrder, settings: Settings
    ) -> None:
        bound = brought_to(place_order(), RunStatus.APPROVED)
        Run.objects.filter(pk=bound.pk).update(host_id="gone")
        beat("gone", NOW - timedelta(minutes=2))
        beat("here", NOW)
        other = place_order(name="web-2", network="10.2.0.0/16")
        bound.refresh_from_db()

        found = queue.positions([bound, other], now=NOW)

        assert found[bound.pk].reason == "The host that has the plan has not responded since 11:58 UTC."
        assert queue.startable(now=NOW) == [other.pk]

    def test_of_busy_slots_include_the_expected_wait_if_it_is_known(self, place_order: PlaceOrder) -> None:
        beat("here", NOW)
        busy = brought_to(place_order(name="now", network="10.9.0.0/16"), RunStatus.PLANNING)
        Run.objects.filter(pk=busy.pk).update(started_at=NOW - timedelta(minutes=1))
        last = place_order(name="next", network="10.8.0.0/16")
        assert queue.position(last, now=NOW) == queue.Position(
            position=1, ahead=0, reason="1 of 1 slots are busy."
        )
        for number, minutes in enumerate((2, 4, 60)):
            applied_within(place_order(name=f"old-{number}", network=f"10.{number}.0.0/16"), minutes)

        found = queue.position(last, now=NOW)

        assert found
        assert found.reason == "1 of 1 slots are busy. Expected wait: about 3 min."


def applied_within(run: Run, minutes: int) -> None:
    """Half of the time for the plan, a day until the approval, half for the apply."""
    brought_to(run, RunStatus.APPLYING)
    half = timedelta(minutes=minutes) / 2
    planned_at = NOW - timedelta(days=2)
    applying_at = planned_at + timedelta(days=1)
    times = {"started_at": planned_at - half, "planned_at": planned_at, "applying_at": applying_at}
    Run.objects.filter(pk=run.pk).update(**times)
    to = lifecycle.Move(to=RunStatus.APPLIED)
    lifecycle.move(run_id=run.pk, to=to, now=applying_at + half)


def beat(name: str, at: datetime) -> None:
    WorkerHost.objects.create(host_id=name, boot_id="boot", slots=1, last_seen_at=at)


@pytest.mark.django_db
def test_a_message_for_a_later_run_dispatches_the_next_one_instead(
    place_order: PlaceOrder, settings: Settings
) -> None:
    settings.RUN_SLOTS = 1
    first, second = place_order(), place_order(name="web-2", network="10.2.0.0/16")
    hosts.beat(now=datetime.now(UTC))

    execution.advance(run_id=second.pk)

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status) == ("queued", "queued")
    assert (first.dispatch_count, second.dispatch_count) == (1, 0)
    assert dispatch.repeat_lost(now=datetime.now(UTC)) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("has_beaten", [False, True])
def test_processes_of_one_host_never_use_more_than_its_slots(
    place_order: PlaceOrder, settings: Settings, *, has_beaten: bool
) -> None:
    settings.RUN_SLOTS = 2
    runs = [place_order(name=f"web-{number}", network=f"10.{number}.0.0/16") for number in range(6)]
    if has_beaten:
        hosts.beat(now=datetime.now(UTC))

    results = at_once(*[lambda run=run: claims.to_plan(run_id=run.pk, now=datetime.now(UTC)) for run in runs])

    assert kinds(results).count("Run") <= 2
    assert set(kinds(results)) == {"NotClaimed", "Run"}
    assert Run.objects.filter(status=RunStatus.PLANNING).count() == kinds(results).count("Run")
