"""Force stops, and the leftovers of an interrupted apply."""

import contextlib
import os
import pwd
import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from pytest_django import Settings

from provisioner import accounts, audit, operations
from provisioner.cloud import state_storage
from provisioner.database import triggers
from provisioner.models import AuditEntry, Run, RunEvent
from provisioner.run_status import RunStatus
from provisioner.runs import events, lifecycle
from provisioner.scheduling import hosts
from provisioner.terraform import shepherd
from provisioner.worker import preparation, state_lock
from tests.support import processes
from tests.support.engine import PlaceOrder, brought_to, eventually, executed
from tests.support.kills import kill_tree
from tests.support.refusing_cloud import refusing_cloud, stalling_cloud
from tests.support.state_locks import put_lock, record_step
from tests.support.threads import in_background

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def stopping(place_order: PlaceOrder, alice: Any) -> Run:
    """An apply with a stop request from just now, without a Terraform process."""
    run = brought_to(place_order(), RunStatus.APPLYING)
    return operations.cancel(run_id=run.pk, by=alice, now=timezone.now())


def force(run: Run, by: Any, *, name: str = "web-1", after_seconds: float = 3600) -> Run:
    now = timezone.now() + timedelta(seconds=after_seconds)
    return operations.force(run_id=run.pk, by=by, name=name, now=now)


class TestForce:
    def test_is_refused_before_the_grace_period_has_passed(self, stopping: Run, oscar: Any) -> None:
        with pytest.raises(operations.CannotForce, match=r"You can force it after \d\d:\d\d:\d\d UTC"):
            force(stopping, oscar, after_seconds=1)

    def test_is_refused_to_a_member(self, stopping: Run, alice: Any) -> None:
        with pytest.raises(operations.CannotForce, match="Only an operator or an admin"):
            force(stopping, alice)

    def test_is_refused_with_the_wrong_name(self, stopping: Run, oscar: Any) -> None:
        with pytest.raises(operations.CannotForce, match="Type web-1"):
            force(stopping, oscar, name="web-2")

        stopping.refresh_from_db()
        assert stopping.force_asked_at is None

    def test_is_refused_without_an_earlier_stop_request(self, place_order: PlaceOrder, oscar: Any) -> None:
        run = brought_to(place_order(), RunStatus.APPLYING)

        with pytest.raises(operations.CannotForce, match="Cancel it first"):
            force(run, oscar)

    def test_twice_is_one_request_and_one_audit_entry(self, stopping: Run, oscar: Any) -> None:
        first = force(stopping, oscar)
        second = force(stopping, oscar, after_seconds=4000)

        assert first.force_asked_at == second.force_asked_at
        assert AuditEntry.objects.filter(action="run.force", actor="oscar").count() == 1

    @pytest.mark.usefixtures("cloud")
    def test_kills_terraform_and_reports_what_is_left(
        self, place_order: PlaceOrder, oscar: Any, settings: Settings
    ) -> None:
        ordered = place_order(command="exec sleep 600")
        with in_background(ordered):
            eventually(lambda: Run.objects.get(pk=ordered.pk).state_lock_id)
            with transaction.atomic():
                operations.cancel(run_id=ordered.pk, by=oscar, now=timezone.now())
                force(ordered, oscar, after_seconds=settings.CANCEL_GRACE_SECONDS)

        run = Run.objects.get(pk=ordered.pk)

        assert run.status == RunStatus.NEEDS_ATTENTION
        assert run.reason.startswith("oscar had Terraform killed. 1 resource was finished.")
        assert run.leftovers["finished"] == ["terraform_data.first"]
        assert run.leftovers["in_flight"] == ["terraform_data.second"]
        assert run.leftovers["lock"]["owner"] == "this run"
        assert run.leftovers["lock"]["id"] == run.state_lock_id
        assert run.leftovers["host"] == {"lives": False, "keeps_state": False}
        assert audit.verify().is_intact
        assert list(
            AuditEntry.objects.filter(run_id=str(run.pk)).order_by("seq").values_list("action", flat=True)
        )[-3:] == ["run.cancel", "run.force", "run.needs_attention"]


class TestLockIdOfTheRun:
    @pytest.fixture
    def applying(self, place_order: PlaceOrder, cloud: None) -> Run:
        """A run whose apply started ten seconds ago and reported its first resource five seconds ago."""
        run = brought_to(place_order(), RunStatus.APPLYING)
        record_step(run, "apply", proof="apply_start")
        state_storage.ensure_bucket(accounts.to_cloud(run.environment.account))
        return run

    @pytest.mark.parametrize(
        ("seconds_ago", "noted"), [(8, "a-lock"), (60, ""), (1, "")], ids=["own", "older", "younger"]
    )
    def test_is_recorded_only_if_the_lock_was_taken_during_the_step(
        self, applying: Run, seconds_ago: int, noted: str
    ) -> None:
        put_lock(applying, taken_seconds_ago=seconds_ago)

        found = state_lock.record_own_id(applying)

        applying.refresh_from_db()
        assert (found, applying.state_lock_id) == (noted, noted)

    @pytest.mark.usefixtures("cloud")
    def test_is_recorded_while_terraform_prints_without_a_pause(
        self, place_order: PlaceOrder, tmp_path: Path
    ) -> None:
        gate = tmp_path / "gate"
        ordered = place_order(command=f"while [ ! -e {gate} ]; do echo word; sleep 0.02; done")
        with in_background(ordered):
            eventually(lambda: Run.objects.get(pk=ordered.pk).state_lock_id)
            gate.touch()

    def test_is_not_recorded_after_the_claim_was_lost(self, applying: Run) -> None:
        put_lock(applying, taken_seconds_ago=8)
        Run.objects.filter(pk=applying.pk).update(fence=applying.fence + 1)

        state_lock.record_own_id(applying)

        assert Run.objects.get(pk=applying.pk).state_lock_id == ""


class TestLockIdWithoutReportedResource:
    """Terraform died before it reported a resource: its lock is recognized by its own fields."""

    OURS = f"{pwd.getpwuid(os.getuid()).pw_name}@{socket.gethostname()}"

    @pytest.fixture
    def silent(self, place_order: PlaceOrder, cloud: None) -> Run:
        """A run whose apply started ten seconds ago and printed nothing."""
        run = brought_to(place_order(), RunStatus.APPLYING)
        Run.objects.filter(pk=run.pk).update(host_id=hosts.host_id())
        record_step(run, "apply", proof="version")
        state_storage.ensure_bucket(accounts.to_cloud(run.environment.account))
        run.refresh_from_db()
        return run

    @pytest.mark.parametrize(
        ("given", "noted"),
        [
            ({}, "a-lock"),
            ({"who": "root@elsewhere"}, ""),
            ({"operation": "OperationTypePlan"}, ""),
            ({"taken_seconds_ago": 11}, ""),
        ],
        ids=["its own", "another's", "of another step", "older"],
    )
    def test_is_recorded_only_for_a_lock_of_this_host_and_step(
        self, silent: Run, given: dict[str, Any], noted: str
    ) -> None:
        as_its_own: dict[str, Any] = {"taken_seconds_ago": 8, "who": self.OURS}
        put_lock(silent, **as_its_own | given)

        assert state_lock.record_own_id(silent) == noted

    def test_is_not_recorded_for_a_lock_taken_long_after_the_start(self, silent: Run) -> None:
        long_ago = timezone.now() - timedelta(seconds=300)
        with without_triggers():
            RunEvent.objects.filter(run=silent, type="step_start").update(at=long_ago)
        put_lock(silent, taken_seconds_ago=8, who=self.OURS)

        assert state_lock.record_own_id(silent) == ""

    @pytest.mark.parametrize(("waits_since", "noted"), [(8, "a-lock"), (3, "")], ids=["its own", "anothers"])
    def test_is_not_recorded_for_a_lock_that_the_step_waited_for(
        self, silent: Run, waits_since: int, noted: str
    ) -> None:
        at = timezone.now() - timedelta(seconds=waits_since)
        word = events.NewEvent(at=at, phase="apply", type="state_lock_acquire", message="")
        with transaction.atomic():
            events.append(lifecycle.lock_run(silent.pk), [word])
        put_lock(silent, taken_seconds_ago=8.4, who=self.OURS)

        assert state_lock.record_own_id(silent) == noted

    def test_is_not_recorded_while_a_process_of_the_run_is_alive(self, silent: Run) -> None:
        put_lock(silent, taken_seconds_ago=8, who=self.OURS)
        preparation.directory_of(silent).mkdir(parents=True)
        descriptor = shepherd.take_lock(str(preparation.directory_of(silent)))
        assert descriptor is not None

        noted = state_lock.record_own_id(silent)

        os.close(descriptor)
        preparation.clean_up(silent)
        assert noted == ""

    def test_is_not_recorded_on_another_host(self, silent: Run) -> None:
        put_lock(silent, taken_seconds_ago=8, who=self.OURS)
        silent.host_id = "another"

        assert state_lock.record_own_id(silent) == ""

    @pytest.mark.parametrize("step", ["plan", "apply"])
    def test_is_recorded_if_terraform_was_killed_with_the_lock(
        self, place_order: PlaceOrder, oscar: Any, settings: Settings, step: str
    ) -> None:
        with stalling_cloud() as (endpoint, cloud):
            settings.SIMULATED_AWS_ENDPOINT = endpoint
            run = place_order(size="guarded")
            if step == "apply":
                executed(run)
                operations.approve(run_id=run.pk, by=oscar, now=timezone.now())
            cloud.stalls.set()
            with processes.executing(run) as worker:
                eventually(lambda: lock_holder(run) == self.OURS)
                worker.kill()
                kill_tree(run)
            cloud.stop_stalling()
            run = executed(run)

            if step == "plan":
                assert run.status == RunStatus.PLANNED
                assert RunEvent.objects.filter(run=run, message__contains="was released").count() == 1
            else:
                assert run.status == RunStatus.NEEDS_ATTENTION
                assert (run.leftovers["lock"]["owner"], run.leftovers["finished"]) == ("this run", [])


def lock_holder(run: Run) -> str:
    account = accounts.to_cloud(run.environment.account)
    held = state_storage.read_lock(account, environment_id=run.environment_id)
    return held.who if held else ""


@contextlib.contextmanager
def without_triggers() -> Iterator[None]:
    """Events can be changed inside the block."""
    triggers.remove(connection, operation="UPDATE")
    yield
    triggers.install(connection)
    triggers.remove(connection, operation="DELETE")


class TestUnsavedState:
    def test_is_kept_and_shown_as_leftover(
        self, place_order: PlaceOrder, settings: Settings, tmp_path: Path
    ) -> None:
        gate = tmp_path / "gate"
        with refusing_cloud() as (endpoint, refuses):
            settings.SIMULATED_AWS_ENDPOINT = endpoint
            ordered = place_order(command=f"while [ ! -e {gate} ]; do sleep 0.05; done")
            with in_background(ordered):
                eventually(lambda: RunEvent.objects.filter(run=ordered, type="provision_start").exists())
                eventually(lambda: Run.objects.get(pk=ordered.pk).state_lock_id)
                refuses.set()
                gate.touch()
            run = executed(ordered)

        assert run.status == RunStatus.NEEDS_ATTENTION
        assert "could not save its state" in run.reason
        assert run.leftovers["host"] == {"lives": False, "keeps_state": True}
        assert run.leftovers["lock"]["owner"] == "this run"
