"""What the end of a phase means for a run and its environment, with files as Terraform leaves them."""

import contextlib
import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from provisioner import audit, operations
from provisioner.database import outage
from provisioner.models import Environment, Run, WorkerHost
from provisioner.permissions import Person
from provisioner.run_status import EnvironmentStatus, RunStatus
from provisioner.runs import event_queries, events, lifecycle
from provisioner.scheduling import hosts, queue
from provisioner.stored_text import verbatim
from provisioner.terraform import phase, redaction, shepherd
from provisioner.worker import claims, housekeeping, ingestion, outcome, preparation, recovery, state_lock
from tests.support.engine import PlaceOrder, brought_to, change, finished

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("cloud")]
ENDED = {"started_at": "", "finished_at": ""}


def ended(step: str, exit_code: int, reason: phase.EndReason = "finished") -> phase.Exit:
    return phase.Exit(exit_code=exit_code, step=step, reason=reason, **ENDED)


@contextlib.contextmanager
def read_only_database() -> Iterator[None]:
    """A database that rejects writes, as after a failover."""
    postgresql = ("SET default_transaction_read_only = on", "SET default_transaction_read_only = off")
    sqlite = ("PRAGMA query_only = ON", "PRAGMA query_only = OFF")
    on, off = postgresql if connection.vendor == "postgresql" else sqlite
    connection.cursor().execute(on)
    try:
        yield
    finally:
        connection.cursor().execute(off)


def say(run: Run, *reported: events.NewEvent) -> None:
    with transaction.atomic():
        events.append(lifecycle.lock_run(run.pk), reported)


def message(kind: str, of: str, **data: object) -> events.NewEvent:
    return events.NewEvent(at=timezone.now(), phase=of, type=kind, message=kind, data=data)


@pytest.fixture
def planning(place_order: PlaceOrder) -> Run:
    """A run of this worker, with a plan file."""
    run = claims.to_plan(run_id=place_order().pk, now=timezone.now())
    folder = preparation.directory_of(run)
    (folder / "plan").mkdir(parents=True)
    (folder / preparation.PLAN_FILE).write_bytes(b"a plan")
    return run


@pytest.fixture
def updating(place_order: PlaceOrder, alice: Person) -> Run:
    """An applying change of a ready environment."""
    created = finished(place_order())
    return brought_to(change(created, alice, greeting="other"), RunStatus.APPLYING)


class TestCancelAtTheEndOfThePlan:
    @pytest.fixture
    def cancelled_meanwhile(self, alice: Person, monkeypatch: pytest.MonkeyPatch) -> None:
        summary = event_queries.plan_summary

        def slow(run: Run) -> event_queries.PlanSummary:
            operations.cancel(run_id=run.pk, by=alice, now=timezone.now())
            return summary(run)

        monkeypatch.setattr(event_queries, "plan_summary", slow)

    @pytest.mark.usefixtures("cancelled_meanwhile")
    def test_ends_the_run_before_anything_is_applied(self, planning: Run) -> None:
        after = outcome.of_plan(planning, ended("plan", 2))

        run = Run.objects.get(pk=planning.pk)
        assert after is outcome.AfterPlan.ENDED
        assert (run.status, run.reason) == (
            RunStatus.CANCELLED,
            "Stopped after the plan; nothing was changed.",
        )
        assert not preparation.directory_of(run).exists()

    def test_that_is_left_on_an_approved_run_still_cancels_it(
        self, place_order: PlaceOrder, alice: Person
    ) -> None:
        run = brought_to(place_order(), RunStatus.APPROVED)
        Run.objects.filter(pk=run.pk).update(cancel_asked_at=timezone.now())

        assert operations.cancel(run_id=run.pk, by=alice, now=timezone.now()).status == RunStatus.CANCELLED

    def test_that_is_left_on_an_approved_run_prevents_its_claim(self, place_order: PlaceOrder) -> None:
        run = brought_to(place_order(), RunStatus.APPROVED)
        Run.objects.filter(pk=run.pk).update(cancel_asked_at=timezone.now())

        claimed = claims.to_apply(run_id=run.pk, plan_sha256="a" * 64, now=timezone.now(), has_slot=True)

        assert (claimed.status, claimed.plan_consumed_at) == (RunStatus.CANCELLED, None)


class TestApplyWithoutChanges:
    def stays_ready(self, run: Run) -> bool:
        return Environment.objects.get(pk=run.environment_id).status == EnvironmentStatus.READY

    def test_that_could_not_start_does_not_change_the_environments_status(self, updating: Run) -> None:
        run = outcome.not_started(updating, verbatim("The account refused."))

        assert (run.status, run.reason) == (RunStatus.FAILED, "The account refused.")
        assert self.stays_ready(run)

    def test_that_was_stopped_before_does_not_change_the_environments_status(
        self, updating: Run, alice: Person
    ) -> None:
        operations.cancel(run_id=updating.pk, by=alice, now=timezone.now())

        run = outcome.of_apply(updating, ended("apply", shepherd.NOT_STARTED, "cancelled"))

        assert (run.status, run.reason) == (
            RunStatus.CANCELLED,
            "Stopped before the apply; nothing was changed.",
        )
        assert self.stays_ready(run)

    def test_with_a_stale_plan_does_not_change_the_environments_status(self, updating: Run) -> None:
        error = message("diagnostic", "apply", summary="Saved plan is stale")
        error.level = "error"
        say(
            updating,
            message("step_start", "apply", step="apply"),
            error,
            message("step_end", "apply", step="apply"),
        )

        run = outcome.of_apply(updating, ended("apply", 1))

        assert (run.status, run.reason) == (RunStatus.FAILED, "Saved plan is stale.")
        assert self.stays_ready(run)

    @pytest.mark.parametrize(
        "reported",
        [
            [message("apply_start", "apply"), message("step_end", "apply", step="apply")],
            # Its end is missing: the disk was full, and the start of a resource may be missing, too.
            [],
        ],
        ids=["begun", "cut"],
    )
    def test_is_not_assumed_after_a_start_or_with_an_incomplete_event_log(
        self, updating: Run, reported: list[events.NewEvent]
    ) -> None:
        say(updating, message("step_start", "apply", step="apply"), *reported)

        run = outcome.of_apply(updating, ended("apply", 1))

        assert Environment.objects.get(pk=run.environment_id).status == EnvironmentStatus.FAILED


def test_an_unsupported_terraform_fails_the_run_with_a_reason(planning: Run) -> None:
    folder = preparation.directory_of(planning)
    line = b'{"@level":"info","@message":"Terraform 9","type":"version","ui":"2.0"}\n'
    phase.stream_path(folder, phase="plan").write_bytes(line)
    verdict = {"exit_code": shepherd.NOT_STARTED, "step": "plan", "reason": "cancelled", **ENDED}
    (folder / "plan" / "exit.json").write_text(json.dumps(verdict))
    redactor = redaction.Redactor(())
    follower = ingestion.Ingestion(run=planning, phase="plan", directory=folder, redactor=redactor)

    outcome.of_plan(planning, follower.follow() or ended("", 1))

    run = Run.objects.get(pk=planning.pk)
    assert run.status == RunStatus.FAILED
    assert "This version of Terraform is not supported" in run.reason


def test_the_step_times_of_a_plan_are_known_when_it_needs_attention(planning: Run) -> None:
    say(planning, message("step_start", "plan", step="plan"))
    long_ago = timezone.now() - timedelta(seconds=400)
    WorkerHost.objects.update(last_seen_at=long_ago)
    Run.objects.filter(pk=planning.pk).update(lease_expires_at=long_ago, lease_owner="x:1:2:3:4")
    recovery.call_hosts(now=timezone.now(), trust_the_clock=True)
    planning.refresh_from_db()
    assert planning.status == RunStatus.NEEDS_ATTENTION

    reported = state_lock._step_times(planning)

    assert reported
    assert reported.step == "plan"


def test_the_sha_256_is_computed_before_the_run_is_locked(
    planning: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_on, locked = events.Digest.read_on, []

    def watched(self: events.Digest, **more: Any) -> str:
        locked.append(connection.in_atomic_block)
        return read_on(self, **more)

    monkeypatch.setattr(events.Digest, "read_on", watched)

    outcome.not_started(planning, verbatim("No."))

    # First all events, then those that were added meanwhile, under the lock.
    assert locked == [False, True]


def test_a_lost_environment_is_not_ready_again_after_a_discarded_change(
    place_order: PlaceOrder, alice: Person
) -> None:
    created = finished(place_order())
    planned = brought_to(change(created, alice, greeting="other"), RunStatus.PLANNED)
    lifecycle.mark_environment_lost(
        environment_id=created.environment_id, reason=verbatim("Started again."), now=timezone.now()
    )

    operations.discard(run_id=planned.pk, by=alice, now=timezone.now())

    assert Environment.objects.get(pk=created.environment_id).status == EnvironmentStatus.NEEDS_ATTENTION


def test_a_loss_and_a_move_at_the_same_time_do_not_deadlock(
    planning: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    record, moving, losing = audit.record, threading.Event(), threading.Event()
    problems: list[BaseException] = []

    def slowly(action: str, **more: Any) -> Any:
        mine, other = (losing, moving) if action == "environment.lost" else (moving, losing)
        mine.set()
        other.wait(1)
        return record(action, **more)

    def done(act: Any) -> None:
        try:
            act()
        except BaseException as problem:
            problems.append(problem)
        finally:
            connections.close_all()

    monkeypatch.setattr(audit, "record", slowly)
    failed = lifecycle.Move(to=RunStatus.FAILED, reason=verbatim("No."))
    acts = [
        lambda: lifecycle.move(run_id=planning.pk, to=failed, now=timezone.now()),
        lambda: lifecycle.mark_environment_lost(
            environment_id=planning.environment_id, reason=verbatim("Gone."), now=timezone.now()
        ),
    ]
    threads = [threading.Thread(target=done, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert problems == []
    assert Run.objects.get(pk=planning.pk).status == RunStatus.FAILED
    assert Environment.objects.get(pk=planning.environment_id).lost_at


class TestAfterAnOutage:
    def test_no_approved_run_is_cancelled_before_its_host_could_respond(
        self, place_order: PlaceOrder
    ) -> None:
        run = brought_to(place_order(), RunStatus.APPROVED)
        now = timezone.now()
        Run.objects.filter(pk=run.pk).update(host_id="away")
        WorkerHost.objects.create(
            host_id="away", boot_id="1", slots=2, last_seen_at=now - timedelta(seconds=400)
        )
        watch = housekeeping.LeaseTrust()

        housekeeping.run_pass(now=now, watch=watch)
        assert Run.objects.get(pk=run.pk).status == RunStatus.APPROVED

        for seconds in (10, 20, 31):
            housekeeping.run_pass(now=now + timedelta(seconds=seconds), watch=watch)
        assert Run.objects.get(pk=run.pk).status == RunStatus.CANCELLED

    def test_a_read_only_database_is_an_outage(self, place_order: PlaceOrder) -> None:
        start, watch = timezone.now(), housekeeping.LeaseTrust()
        for seconds in (0, 10, 20, 30, 40):
            housekeeping.run_pass(now=start + timedelta(seconds=seconds), watch=watch)
        assert watch.trusts_the_clock(start + timedelta(seconds=45))

        with read_only_database(), pytest.raises(outage.ERRORS):
            housekeeping.run_pass(now=start + timedelta(seconds=50), watch=watch)

        assert not watch.trusts_the_clock(start + timedelta(seconds=60))


class TestHostWithAProblem:
    def test_leaves_runs_to_a_host_without_a_problem(self, place_order: PlaceOrder) -> None:
        run = place_order()
        now = timezone.now()
        here = hosts.beat(now=now)
        WorkerHost.objects.filter(pk=here.pk).update(trouble="No Terraform here.")
        WorkerHost.objects.create(host_id="sound", boot_id="1", slots=2, last_seen_at=now)

        with pytest.raises(claims.NotClaimed):
            claims.to_plan(run_id=run.pk, now=now)
        standing = queue.position(run, now=now)
        assert standing
        assert "No Terraform" not in standing.reason

    def test_takes_runs_if_there_is_no_other_host(self, place_order: PlaceOrder) -> None:
        run = place_order()
        now = timezone.now()
        here = hosts.beat(now=now)
        WorkerHost.objects.filter(pk=here.pk).update(trouble="No Terraform here.")

        assert claims.to_plan(run_id=run.pk, now=now).status == RunStatus.PLANNING


def test_credentials_of_a_finished_terraform_are_masked_by_the_worker_that_takes_over(planning: Run) -> None:
    folder, secret = preparation.directory_of(planning), "wJalrXUtnFEMIsecretkey"
    preparation._keep_secrets(folder, [secret])
    line = f"AWS_SECRET_ACCESS_KEY={secret}\n".encode()
    phase.stream_path(folder, phase="plan").write_bytes(line)
    verdict = {"exit_code": 1, "step": "plan", "reason": "finished", **ENDED}
    (folder / "plan" / "exit.json").write_text(json.dumps(verdict))

    redactor = preparation.redactor_of_running(planning)
    ingestion.Ingestion(run=planning, phase="plan", directory=folder, redactor=redactor).follow()

    reported = "".join(events.lines(run_id=planning.pk))
    assert "AWS_SECRET_ACCESS_KEY=" in reported
    assert secret not in reported
    kept = folder / preparation.SECRETS_FILE
    assert secret not in kept.read_text()
    assert kept.stat().st_mode & 0o777 == 0o600
