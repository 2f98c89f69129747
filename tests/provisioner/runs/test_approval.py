"""Who approves a run: both the current and the requested values count."""

from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from provisioner import blueprints, operations
from provisioner.models import Environment, Run
from provisioner.permissions import Person
from provisioner.run_status import RunStatus
from provisioner.runs import lifecycle
from provisioner.worker import outcome
from tests.support.engine import PlaceOrder, brought_to, executed, finished

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def guarded(place_order: PlaceOrder) -> Run:
    """A finished run of an environment whose plans are all approved by a person."""
    return finished(place_order(size="guarded"))


def smaller(created: Run, by: Person) -> Run:
    return operations.change(
        operations.ChangeRequest(
            environment_id=created.environment_id, size="small", inputs=created.inputs, by=by
        ),
        now=timezone.now(),
    )


class TestChangeOfTheSize:
    def test_is_approved_by_a_person_if_either_size_requires_it(self, guarded: Run, alice: Person) -> None:
        assert smaller(guarded, alice).approval == Run.Approval.PERSON

    def test_without_changes_does_not_remove_the_approval(self, guarded: Run, alice: Person) -> None:
        run = brought_to(smaller(guarded, alice), RunStatus.PLANNING)

        outcome.of_unchanged(run)

        assert Environment.objects.get(pk=guarded.environment_id).size == "guarded"
        destroyed = operations.destroy(environment_id=guarded.environment_id, by=alice, now=timezone.now())
        assert destroyed.approval == Run.Approval.PERSON

    def test_to_no_size_is_refused(self, guarded: Run, alice: Person) -> None:
        with pytest.raises(operations.Refused, match="Choose a size"):
            operations.change(
                operations.ChangeRequest(
                    environment_id=guarded.environment_id, size="", inputs=guarded.inputs, by=alice
                ),
                now=timezone.now(),
            )


class TestInputThatNeedsApproval:
    def test_is_approved_by_a_person_in_every_size(self, place_order: PlaceOrder) -> None:
        assert place_order(name="web-1", figure=101).approval == Run.Approval.PERSON
        assert (
            place_order(name="web-2", figure=100, network="10.11.0.0/16").approval == Run.Approval.AUTOMATIC
        )

    def test_is_approved_by_a_person_when_it_is_removed(self, place_order: PlaceOrder, alice: Person) -> None:
        large = finished(place_order(figure=101))
        now = timezone.now()

        smaller = operations.change(
            operations.ChangeRequest(
                environment_id=large.environment_id,
                size="small",
                inputs=large.inputs | {"figure": 1},
                by=alice,
            ),
            now=now,
        )
        assert smaller.approval == Run.Approval.PERSON
        brought_to(smaller, RunStatus.CANCELLED)
        destroyed = operations.destroy(environment_id=large.environment_id, by=alice, now=now)
        assert destroyed.approval == Run.Approval.PERSON


class TestInterruptedApply:
    @pytest.fixture
    def interrupted(self, place_order: PlaceOrder, alice: Person) -> Environment:
        """An environment of the small size whose change to the guarded size failed during its apply."""
        created = finished(place_order())
        Environment.objects.filter(pk=created.environment_id).update(ready_at=timezone.now())
        asked = operations.change(
            operations.ChangeRequest(
                environment_id=created.environment_id, size="guarded", inputs=created.inputs, by=alice
            ),
            now=timezone.now(),
        )
        asked = brought_to(asked, RunStatus.APPLYING)
        lifecycle.move(run_id=asked.pk, to=lifecycle.Move(to=RunStatus.FAILED), now=timezone.now())
        return Environment.objects.get(pk=created.environment_id)

    def test_its_size_counts_too(self, interrupted: Environment, alice: Person) -> None:
        run = operations.destroy(environment_id=interrupted.pk, by=alice, now=timezone.now())

        assert (interrupted.size, run.approval) == ("small", Run.Approval.PERSON)

    def test_may_have_switched_protection_on(self, interrupted: Environment, alice: Any) -> None:
        half = interrupted.runs.get(size="guarded")
        # A final run cannot be changed, so a second one is created with the protection.
        inputs = half.inputs | {blueprints.PROTECTION: True}
        Run.objects.create(
            environment=interrupted, number=9, kind=half.kind, requested_by=alice, size="guarded",
            inputs=inputs, status=RunStatus.FAILED, queued_at=timezone.now(), plan_consumed_at=timezone.now(),
        )  # fmt: skip

        with pytest.raises(operations.Refused, match=r"may have protected it. Switch the protection off"):
            operations.destroy(environment_id=interrupted.pk, by=alice, now=timezone.now())

    def test_no_longer_counts_after_a_complete_apply(self, interrupted: Environment, alice: Person) -> None:
        again = operations.change(
            operations.ChangeRequest(
                environment_id=interrupted.pk, size="small", inputs=interrupted.inputs, by=alice
            ),
            now=timezone.now(),
        )
        assert again.approval == Run.Approval.PERSON
        finished(again)

        run = operations.destroy(environment_id=interrupted.pk, by=alice, now=timezone.now())
        assert run.approval == Run.Approval.AUTOMATIC


class TestApprovalByPolicy:
    @pytest.mark.usefixtures("cloud")
    def test_is_recorded_in_one_transaction_with_the_plan(
        self, place_order: PlaceOrder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run, move, cuts = place_order(), lifecycle.move, iter([True])

        def cut_once(**asked: Any) -> Run:
            moved = move(**asked)
            if asked["to"].to == RunStatus.PLANNED and next(cuts, False):
                raise OperationalError("server closed the connection unexpectedly")
            return moved

        monkeypatch.setattr(lifecycle, "move", cut_once)

        assert executed(run).status == RunStatus.APPLIED


class TestProtection:
    @pytest.fixture
    def protected(self, place_order: PlaceOrder) -> Environment:
        run = finished(place_order())
        environment = Environment.objects.get(pk=run.environment_id)
        environment.inputs[blueprints.PROTECTION] = True
        environment.ready_at = timezone.now()
        environment.save()
        return environment

    def test_refuses_a_destroy_before_anything_is_changed(
        self, protected: Environment, oscar: Person
    ) -> None:
        with pytest.raises(operations.Refused, match="protected against deletion"):
            operations.destroy(environment_id=protected.pk, by=oscar, now=timezone.now())

    def test_refuses_a_change_that_loses_data_even_if_it_ends_the_protection(
        self, protected: Environment, alice: Person
    ) -> None:
        values = {**protected.inputs, "log": False}
        del values[blueprints.PROTECTION]

        with pytest.raises(operations.Refused) as refusal:
            operations.change(
                operations.ChangeRequest(environment_id=protected.pk, size="small", inputs=values, by=alice),
                now=timezone.now(),
            )

        [sentence] = refusal.value.errors["log"]
        assert sentence == (
            "This would lose data. It is protected against deletion. "
            "Switch the protection off with a change first."
        )

    def test_accepts_a_change_that_loses_no_data(self, protected: Environment, alice: Person) -> None:
        values = {**protected.inputs, "greeting": "good evening"}
        del values[blueprints.PROTECTION]

        assert operations.change(
            operations.ChangeRequest(environment_id=protected.pk, size="small", inputs=values, by=alice),
            now=timezone.now(),
        )

    @pytest.mark.parametrize("column", ["ready_at", "lost_at"])
    def test_does_not_apply_if_nothing_exists(
        self, protected: Environment, oscar: Person, column: str
    ) -> None:
        never_ready, lost = None, timezone.now()
        Environment.objects.filter(pk=protected.pk).update(
            **{column: never_ready if column == "ready_at" else lost}
        )

        assert operations.destroy(environment_id=protected.pk, by=oscar, now=timezone.now())
