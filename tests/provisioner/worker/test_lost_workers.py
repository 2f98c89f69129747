"""Workers that die or hang while Terraform works, and how the next worker continues."""

import json
import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import boto3
import pytest
from django.utils import timezone

from provisioner import operations
from provisioner.models import Run, RunEvent, WorkerHost
from provisioner.permissions import Person
from provisioner.run_status import Remediation, RunStatus
from provisioner.scheduling import hosts
from provisioner.terraform import phase, shepherd
from provisioner.worker import claims, execution, ingestion, preparation, recovery
from tests.support import processes
from tests.support.engine import PlaceOrder, brought_to, eventually, executed
from tests.support.kills import kill_tree

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("cloud")]


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    return tmp_path / "gate"


@pytest.fixture
def gated(place_order: PlaceOrder, gate: Path, tmp_path: Path) -> Run:
    """A run whose apply notes that it was made, then waits for the gate."""
    return place_order(command=f"echo made >> {tmp_path}/made; while [ ! -e {gate} ]; do sleep 0.05; done")


def until_in_mid_apply(run: Run) -> None:
    eventually(lambda: RunEvent.objects.filter(run=run, type="provision_start").exists())


def terraform_of(run: Run, *, name: str = "apply") -> int:
    recorded = json.loads((preparation.directory_of(run) / name / "pid.json").read_text())
    return int(recorded["terraform_pid"])


def kill_terraform(run: Run) -> None:
    """SIGKILL only Terraform during its apply: its shepherd reports it, its `local-exec` continues."""
    os.kill(terraform_of(run), signal.SIGKILL)
    eventually(lambda: phase.observe(preparation.directory_of(run), phase="apply").exit)


def count_of_wait_events(run: Run) -> int:
    """How often the run's event log says that it waits for processes that Terraform left."""
    return RunEvent.objects.filter(run=run, message__contains="a process that it started still runs").count()


def has_all_events(run: Run) -> bool:
    found = RunEvent.objects.filter(run=run).values_list("seq", flat=True)
    return list(found) == list(range(1, Run.objects.get(pk=run.pk).last_seq + 1))


class TestApply:
    def test_that_ended_without_a_worker_is_stored_completely(self, gated: Run, gate: Path) -> None:
        with processes.executing(gated) as worker:
            until_in_mid_apply(gated)
            worker.kill()
        gate.touch()
        directory = preparation.directory_of(gated)
        eventually(lambda: phase.observe(directory, phase="apply").exit)

        run = executed(gated)

        assert (run.status, run.reason) == (RunStatus.APPLIED, "")
        assert run.environment.outputs == {"greeting": "hello"}
        assert has_all_events(run)

    def test_whose_shepherd_died_too_is_judged_by_terraforms_output(self, gated: Run, gate: Path) -> None:
        with processes.executing(gated) as worker:
            until_in_mid_apply(gated)
            pid = phase.observe(preparation.directory_of(gated), phase="apply").pid
            assert pid
            os.kill(pid, signal.SIGKILL)
            worker.kill()
        gate.touch()

        run = executed(gated)

        assert (run.status, run.reason) == (RunStatus.APPLIED, "Its exit code was not recorded.")
        assert run.environment.outputs == {"greeting": "hello"}

    def test_that_was_killed_completely_needs_attention_and_is_never_applied_again(
        self, gated: Run, gate: Path, tmp_path: Path, oscar: Person
    ) -> None:
        with processes.executing(gated) as worker:
            until_in_mid_apply(gated)
            worker.kill()
            kill_tree(gated)

        run = executed(gated)

        assert run.status == RunStatus.NEEDS_ATTENTION
        assert "The apply was interrupted. 1 resource was finished." in run.reason
        assert "still locked by" in run.reason
        assert preparation.directory_of(run).exists()
        gate.touch()
        assert executed(run).status == RunStatus.NEEDS_ATTENTION
        assert (tmp_path / "made").read_text() == "made\n"
        with pytest.raises(operations.CannotSettle, match="Release the lock first"):
            operations.settle(run_id=run.pk, by=oscar, now=timezone.now())
        now = timezone.now()
        operations.remediate(run_id=run.pk, remediation=Remediation.UNLOCK, by=oscar, name="web-1", now=now)
        assert executed(run).leftovers["lock"] is None
        settled = operations.settle(run_id=run.pk, by=oscar, now=timezone.now())
        assert settled.status == RunStatus.FAILED

    def test_waits_a_limited_time_for_children_of_a_killed_terraform(
        self, gated: Run, gate: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(ingestion, "CHILDREN_SECONDS", 0.3)
        with processes.executing(gated) as worker:
            until_in_mid_apply(gated)
            worker.kill()
        kill_terraform(gated)

        run = executed(gated)

        assert run.status == RunStatus.NEEDS_ATTENTION
        assert run.leftovers["host"]["lives"]
        assert count_of_wait_events(run) == 1
        assert has_all_events(run)
        gate.touch()

    def test_that_was_cancelled_and_then_killed_needs_attention(
        self, gated: Run, gate: Path, alice: Person
    ) -> None:
        with processes.executing(gated) as worker:
            until_in_mid_apply(gated)
            # Stopped, so that it cannot end before it is killed.
            os.kill(terraform_of(gated), signal.SIGSTOP)
            operations.cancel(run_id=gated.pk, by=alice, now=timezone.now())
            eventually(lambda: RunEvent.objects.filter(run=gated, type="stop_asked").exists())
            kill_terraform(gated)
            eventually(lambda: count_of_wait_events(gated))
            gate.touch()
            worker.wait(timeout=90)

        run = Run.objects.get(pk=gated.pk)
        assert run.status == RunStatus.NEEDS_ATTENTION
        assert run.reason.startswith("Terraform was killed. 1 resource was finished.")
        assert run.leftovers["lock"]["owner"] == "this run"

    def test_a_force_stop_ends_children_of_a_killed_terraform(self, gated: Run, oscar: Person) -> None:
        with processes.executing(gated) as worker:
            until_in_mid_apply(gated)
            kill_terraform(gated)
            eventually(lambda: count_of_wait_events(gated))
            assert worker.poll() is None
            Run.objects.filter(pk=gated.pk).update(force_asked_at=timezone.now(), force_asked_by=oscar)
            worker.wait(timeout=90)

        run = Run.objects.get(pk=gated.pk)
        assert run.status == RunStatus.NEEDS_ATTENTION
        assert run.reason.startswith("oscar had Terraform killed.")
        assert not run.leftovers["host"]["lives"]

    def test_that_had_not_started_fails_without_changes(self, place_order: PlaceOrder) -> None:
        run = brought_to(place_order(), RunStatus.APPLYING)
        Run.objects.filter(pk=run.pk).update(host_id=hosts.host_id())

        run = executed(run)

        assert run.status == RunStatus.FAILED
        assert "before Terraform started. Nothing was changed" in run.reason

    def test_whose_shepherd_was_never_started_fails_without_changes(self, place_order: PlaceOrder) -> None:
        run = brought_to(place_order(), RunStatus.APPLYING)
        Run.objects.filter(pk=run.pk).update(host_id=hosts.host_id())
        directory = preparation.directory_of(run)
        (directory / "apply").mkdir(parents=True)
        apply = phase.Phase("apply", directory, (), {}, 10, 10)
        command = [sys.executable, "-I", "-S", shepherd.__file__]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={}) as starter:
            assert starter.stdin
            assert starter.stdout
            starter.stdin.write(phase._specification(apply))
            starter.stdin.flush()
            assert starter.stdout.readline() == b"ready\n"
        eventually(lambda: phase.observe(directory, phase="apply").exit)

        run = executed(run)

        assert run.status == RunStatus.FAILED
        assert run.reason.startswith("The worker died before Terraform started. Nothing was changed")

    def test_is_not_changed_by_a_worker_that_wakes_up(self, gated: Run, gate: Path) -> None:
        with processes.executing(gated) as hung:
            until_in_mid_apply(gated)
            processes.suspend_past_its_lease(hung.pid, gated)
            gate.touch()
            run = executed(gated)
            hung.send_signal(signal.SIGCONT)
            assert hung.wait(timeout=90) == 0

        assert run.status == RunStatus.APPLIED
        assert has_all_events(run)
        assert Run.objects.get(pk=run.pk).sha256 == run.sha256


class TestPlan:
    @pytest.fixture
    def foreign_lock(self, place_order: PlaceOrder, aws_endpoint: str) -> Any:
        """A lock of somebody else on the state: the plan waits for it, up to a minute."""
        run = place_order()
        bucket = boto3.resource(
            "s3", endpoint_url=aws_endpoint, aws_access_key_id="test", aws_secret_access_key="test",
            region_name=run.environment.account.region,
        ).Bucket("states")  # fmt: skip
        content = (
            b'{"ID":"1","Operation":"x","Info":"","Who":"eve","Version":"1","Created":"2026-01-01T00:00:00Z",'
            b'"Path":""}'
        )
        key = f"environments/{run.environment_id}/terraform.tfstate.tflock"
        return run, bucket.Object(key), content

    def test_that_died_is_repeated_once(self, foreign_lock: Any) -> None:
        run, held, content = foreign_lock
        held.put(Body=content)
        with processes.executing(run) as worker:
            self._until_waiting(run)
            worker.kill()
            kill_tree(run)
        held.delete()

        run = executed(run)

        assert run.status == RunStatus.APPLIED
        assert RunEvent.objects.filter(run=run, message__contains="planned once more").count() == 1
        assert run.plan_summary["add"] == 2
        assert has_all_events(run)

    def test_that_died_twice_has_failed(self, foreign_lock: Any) -> None:
        run, held, content = foreign_lock
        held.put(Body=content)
        for attempt in (1, 2):
            with processes.executing(run) as worker:
                self._until_waiting(run, attempt=attempt)
                worker.kill()
                kill_tree(run)

        run = executed(run)

        assert run.status == RunStatus.FAILED
        assert run.reason == "Terraform died twice while planning. Nothing was changed."

    def test_that_was_cancelled_and_then_killed_is_cancelled_with_that_reason(
        self, foreign_lock: Any, alice: Person
    ) -> None:
        run, held, content = foreign_lock
        held.put(Body=content)
        with processes.executing(run) as worker:
            self._until_waiting(run)
            os.kill(terraform_of(run, name="plan"), signal.SIGSTOP)
            operations.cancel(run_id=run.pk, by=alice, now=timezone.now())
            eventually(lambda: RunEvent.objects.filter(run=run, type="stop_asked").exists())
            # No wait for the shepherd's report: the workspace is removed as soon as the worker has read it.
            os.kill(terraform_of(run, name="plan"), signal.SIGKILL)
            worker.wait(timeout=90)
        held.delete()

        run.refresh_from_db()
        assert (run.status, run.reason) == (
            RunStatus.CANCELLED,
            "Terraform was killed while planning; nothing was changed.",
        )

    def _until_waiting(self, run: Run, *, attempt: int = 1) -> None:
        started = RunEvent.objects.filter(run=run, type="step_start", data__step="plan")
        eventually(lambda: started.count() == attempt)


class TestRecovery:
    @pytest.fixture
    def held(self, place_order: PlaceOrder) -> Run:
        """A run of a worker on another host, whose lease has expired."""
        run = brought_to(place_order(), RunStatus.APPLYING)
        past = timezone.now() - timedelta(seconds=60)
        Run.objects.filter(pk=run.pk).update(
            host_id="away", lease_owner="away:1:2:3:4", lease_expires_at=past
        )
        run.refresh_from_db()
        return run

    def test_dispatches_the_run_to_its_host(self, held: Run) -> None:
        Run.objects.update(dispatched_at=None)

        called = recovery.call_hosts(now=timezone.now(), trust_the_clock=True)

        assert called == [held.pk]
        held.refresh_from_db()
        assert held.status == RunStatus.APPLYING

    def test_does_nothing_while_leases_are_not_trusted(self, held: Run) -> None:
        Run.objects.update(dispatched_at=None)

        assert recovery.call_hosts(now=timezone.now(), trust_the_clock=False) == []

    def test_marks_runs_of_a_dead_host_as_needing_attention(self, held: Run) -> None:
        silent = timezone.now() - timedelta(seconds=301)
        WorkerHost.objects.create(host_id="away", boot_id="1", slots=2, last_seen_at=silent)

        recovery.call_hosts(now=timezone.now(), trust_the_clock=True)

        fence = held.fence
        held.refresh_from_db()
        assert (held.status, held.fence) == (RunStatus.NEEDS_ATTENTION, fence + 1)
        assert "not responded for more than 5 minutes" in held.reason

    def test_cancels_approved_runs_of_a_dead_host(self, place_order: PlaceOrder) -> None:
        approved = brought_to(place_order(), RunStatus.APPROVED)
        Run.objects.update(host_id="away")
        silent = timezone.now() - timedelta(seconds=301)
        WorkerHost.objects.create(host_id="away", boot_id="1", slots=2, last_seen_at=silent)

        assert recovery.drop_unreachable(now=timezone.now()) == [approved.pk]

        approved.refresh_from_db()
        assert approved.status == RunStatus.CANCELLED

    def test_ignores_a_run_with_a_valid_lease(self, held: Run) -> None:
        Run.objects.update(lease_expires_at=timezone.now() + timedelta(seconds=10), dispatched_at=None)

        assert recovery.call_hosts(now=timezone.now(), trust_the_clock=True) == []

    def test_marks_a_run_as_needing_attention_after_many_claims(self, held: Run) -> None:
        Run.objects.update(host_id=hosts.host_id(), fence=claims.MOST_CLAIMS)

        run = executed(held)

        assert run.status == RunStatus.NEEDS_ATTENTION
        assert "workers, one after the other" in run.reason
        assert (run.lease_owner, run.lease_expires_at) == ("", None)
        assert run.leftovers["host"] == {"lives": False, "keeps_state": False}
        assert (run.leftovers["finished"], run.leftovers["lock"]) == ([], None)


def test_an_unknown_run_is_not_an_error() -> None:
    execution.advance(run_id=UUID(int=0))
