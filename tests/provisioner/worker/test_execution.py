"""Runs executed from the order to their end by the worker's code, with real Terraform and state in S3."""

import hashlib
from typing import Any

import pytest
from django.core.serializers import serialize
from django.utils import timezone

from provisioner import audit, operations
from provisioner.models import Environment, Run, RunEvent, StateVersion
from provisioner.run_status import EnvironmentStatus, RunStatus
from provisioner.runs import events, lifecycle
from provisioner.worker import outcome, preparation
from tests.support.engine import PlaceOrder, change, eventually, executed
from tests.support.threads import in_background

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("cloud")]


class TestCreate:
    def test_ends_applied_with_a_ready_environment(self, place_order: PlaceOrder) -> None:
        ordered = place_order(greeting="good morning")

        run = executed(ordered)

        assert (run.status, run.reason) == (RunStatus.APPLIED, "")
        assert run.environment.status == EnvironmentStatus.READY
        assert run.environment.outputs == {"greeting": "good morning"}
        assert run.plan_summary["add"] == 2
        assert run.approved_by is None
        assert not preparation.directory_of(run).exists()

    def test_writes_an_event_log_without_a_gap_that_its_digest_proves(self, place_order: PlaceOrder) -> None:
        run = executed(place_order())

        reported = events.after(run_id=run.pk, cursor=0, limit=1000)
        assert [event["seq"] for event in reported] == list(range(1, run.last_seq + 1))
        assert run.event_count == len(reported)
        assert (
            run.sha256 == hashlib.sha256("".join(map(events.canonical_line, reported)).encode()).hexdigest()
        )
        assert reported[0]["message"].startswith("Ordered by alice: create web-1")
        order = ["queue", "init", "plan", "approval", "apply", "output", "done"]
        assert list(dict.fromkeys(event["phase"] for event in reported)) == order
        assert audit.verify().is_intact

    def test_records_the_state_version(self, place_order: PlaceOrder) -> None:
        run = executed(place_order())

        noted = StateVersion.objects.get(run=run)
        assert noted.serial == run.state_serial
        assert [resource["address"] for resource in noted.resources] == [
            "terraform_data.first",
            "terraform_data.second",
        ]

    def test_reads_the_state_version_once(self, place_order: PlaceOrder) -> None:
        run = executed(place_order())

        outcome.record_version(run)
        StateVersion.objects.all().delete()

        # Reading needs a lease, which a finished run cannot have.
        with pytest.raises(lifecycle.LeaseLost):
            outcome.record_version(run)

    def test_shows_no_secret_and_no_output_that_the_blueprint_does_not_declare(
        self, place_order: PlaceOrder
    ) -> None:
        run = executed(place_order(secret="correct-horse-battery", command="echo correct-horse-battery"))

        reported = serialize("json", RunEvent.objects.filter(run=run))
        assert "correct-horse-battery" not in reported
        assert "(local-exec): (sensitive value)" in reported  # it was printed, and masked
        assert "kept inside" not in reported
        assert set(run.environment.outputs) == {"greeting"}

    def test_fails_with_the_text_of_the_first_error(self, place_order: PlaceOrder) -> None:
        run = executed(place_order(command="exit 7"))

        assert run.status == RunStatus.FAILED
        assert "local-exec provisioner error (terraform_data.second)" in run.reason
        assert run.environment.status == EnvironmentStatus.FAILED

    def test_fails_with_a_hint_when_terraform_is_missing(
        self, place_order: PlaceOrder, settings: Any
    ) -> None:
        settings.TERRAFORM_BINARY = "no-such-terraform"

        run = executed(place_order())

        assert run.status == RunStatus.FAILED
        assert "no-such-terraform" in run.reason
        assert "Install Terraform" in run.reason

    def test_fails_with_a_reason_if_the_cloud_does_not_respond(
        self, place_order: PlaceOrder, settings: Any
    ) -> None:
        settings.SIMULATED_AWS_ENDPOINT = "http://127.0.0.1:9"

        run = executed(place_order())

        assert run.status == RunStatus.FAILED
        assert "does not answer" in run.reason


class TestFurtherRuns:
    def test_an_update_without_changes_ends_unchanged_and_reads_the_outputs_again(
        self, place_order: PlaceOrder, alice: Any
    ) -> None:
        created = executed(place_order())
        Environment.objects.update(outputs={})

        run = executed(change(created, alice))

        assert run.status == RunStatus.UNCHANGED
        assert run.environment.status == EnvironmentStatus.READY
        assert run.environment.outputs == {"greeting": "hello"}

    def test_an_update_stores_its_values(self, place_order: PlaceOrder, alice: Any) -> None:
        created = executed(place_order())

        run = executed(change(created, alice, greeting="good evening"))

        assert (run.number, run.status) == (2, RunStatus.APPLIED)
        assert run.environment.inputs["greeting"] == "good evening"
        assert run.environment.outputs == {"greeting": "good evening"}
        assert run.plan_summary["replace"] == 1

    def test_a_destroy_leaves_only_the_event_log(self, place_order: PlaceOrder, alice: Any) -> None:
        created = executed(place_order())

        run = executed(
            operations.destroy(environment_id=created.environment_id, by=alice, now=timezone.now())
        )

        assert run.status == RunStatus.APPLIED
        assert run.environment.status == EnvironmentStatus.DESTROYED
        assert run.environment.outputs == {}
        assert StateVersion.objects.filter(run=run).get().resources == []
        assert place_order().environment_id != run.environment_id  # the name and the range are free again

    def test_a_destroy_succeeds_if_nothing_exists(self, place_order: PlaceOrder, alice: Any) -> None:
        failed = executed(place_order(command="exit 1", size="small"))
        first = operations.destroy(environment_id=failed.environment_id, by=alice, now=timezone.now())
        assert executed(first).status == RunStatus.APPLIED
        Environment.objects.filter(pk=failed.environment_id).update(status=EnvironmentStatus.FAILED)

        again = operations.destroy(environment_id=failed.environment_id, by=alice, now=timezone.now())

        assert executed(again).status == RunStatus.UNCHANGED
        assert Environment.objects.get(pk=failed.environment_id).status == EnvironmentStatus.DESTROYED


class TestApproval:
    def test_a_plan_waits_for_a_person_and_keeps_its_workspace(
        self, place_order: PlaceOrder, oscar: Any
    ) -> None:
        waiting = executed(place_order(size="guarded"))
        assert (waiting.status, waiting.plan_summary["add"]) == (RunStatus.PLANNED, 2)
        assert waiting.phase == "approval"

        operations.approve(run_id=waiting.pk, by=oscar, now=timezone.now())
        run = executed(waiting)

        assert run.status == RunStatus.APPLIED
        assert run.approved_by == oscar

    def test_a_plan_altered_on_disk_is_never_applied(self, place_order: PlaceOrder, oscar: Any) -> None:
        waiting = executed(place_order(size="guarded"))
        plan = preparation.directory_of(waiting) / preparation.PLAN_FILE
        plan.write_bytes(plan.read_bytes() + b"\0")

        operations.approve(run_id=waiting.pk, by=oscar, now=timezone.now())
        run = executed(waiting)

        assert run.status == RunStatus.CANCELLED
        assert run.reason == "The plan on disk is not the one that was approved."
        assert run.applying_at is None

    def test_does_not_count_after_the_requester_has_left_the_team(
        self, place_order: PlaceOrder, oscar: Any, alice: Any
    ) -> None:
        waiting = executed(place_order(size="guarded"))
        operations.approve(run_id=waiting.pk, by=oscar, now=timezone.now())
        alice.teams.clear()

        run = executed(waiting)

        assert run.status == RunStatus.CANCELLED
        assert "alice, who ordered this, can no longer" in run.reason


class TestCancel:
    def test_during_the_apply_interrupts_once_and_names_resources_in_flight(
        self, place_order: PlaceOrder, alice: Any
    ) -> None:
        ordered = place_order(command="exec sleep 600")
        with in_background(ordered):
            eventually(lambda: RunEvent.objects.filter(run=ordered, type="provision_start").exists())
            for _ in range(3):
                operations.cancel(run_id=ordered.pk, by=alice, now=timezone.now())

        run = Run.objects.get(pk=ordered.pk)

        assert run.status == RunStatus.CANCELLED
        assert "In flight: terraform_data.second." in run.reason
        assert RunEvent.objects.filter(run=run, type="stop_asked").count() == 1
        assert RunEvent.objects.filter(run=run, type="portal", level="warn").count() == 1

    def test_before_the_start_needs_no_worker(self, place_order: PlaceOrder, alice: Any) -> None:
        ordered = place_order()

        operations.cancel(run_id=ordered.pk, by=alice, now=timezone.now())

        run = executed(ordered)
        assert run.status == RunStatus.CANCELLED
        assert run.started_at is None
        assert run.environment.status == EnvironmentStatus.DESTROYED

    def test_at_the_deadline_says_so(self, place_order: PlaceOrder, settings: Any) -> None:
        settings.APPLY_DEADLINE_SECONDS = 0.5

        run = executed(place_order(command="exec sleep 600"))

        assert run.status == RunStatus.CANCELLED
        assert "took longer than 0.5 s" in run.reason
