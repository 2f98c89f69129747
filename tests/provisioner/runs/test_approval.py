"""Who approves: the current values count as much as the requested ones."""

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
from tests.support.engine import PlaceOrder, brought_to, carried, finished

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def guarded(place_order: PlaceOrder) -> Run:
    """A finished run of an environment of which a person approves every plan."""
    return finished(place_order(size="guarded"))


def smaller(created: Run, by: Person) -> Run:
    return operations.change(
        operations.ChangeRequest(
            environment_id=created.environment_id, size="small", inputs=created.inputs, by=by
        ),
        now=timezone.now(),
    )


class TestAChangeOfTheSize:
    def test_is_approved_by_a_person_where_one_of_both_asks_for_it(self, guarded: Run, alice: Person) -> None:
        assert smaller(guarded, alice).approval == Run.Approval.PERSON

    def test_that_changes_nothing_does_not_take_the_approval_away(self, guarded: Run, alice: Person) -> None:
        run = brought_to(smaller(guarded, alice), RunStatus.PLANNING)

        outcome.of_unchanged(run)

        assert Environment.objects.get(pk=guarded.environment_id).size == "guarded"
        destroyed = operations.destroy(environment_id=guarded.environment_id, by=alice, now=timezone.now())
        assert destroyed.approval == Run.Approval.PERSON

    def test_to_none_is_refused(self, guarded: Run, alice: Person) -> None:
        with pytest.raises(operations.Refused, match="Choose a size"):
            operations.change(
                operations.ChangeRequest(
                    environment_id=guarded.environment_id, size="", inputs=guarded.inputs, by=alice
                ),
                now=timezone.now(),
            )


class TestAnAnswer:
    def test_is_approved_by_a_person_whatever_the_size(self, place_order: PlaceOrder) -> None:
        assert place_order(name="web-1", figure=101).approval == Run.Approval.PERSON
        assert (
            place_order(name="web-2", figure=100, network="10.11.0.0/16").approval == Run.Approval.AUTOMATIC
        )

    def test_that_stands_is_approved_by_a_person_when_it_goes(
        self, place_order: PlaceOrder, alice: Person
    ) -> None:
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


class TestAnApplyThatEndedHalfWay:
    @pytest.fixture
    def half_guarded(self, place_order: PlaceOrder, alice: Person) -> Environment:
        """Small as it was built whole; its change to the guarded size failed in mid-apply."""
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

    def test_counts_as_standing_too(self, half_guarded: Environment, alice: Person) -> None:
        run = operations.destroy(environment_id=half_guarded.pk, by=alice, now=timezone.now())

        assert (half_guarded.size, run.approval) == ("small", Run.Approval.PERSON)

    def test_may_have_protected_what_stands(self, half_guarded: Environment, alice: Any) -> None:
        half = half_guarded.runs.get(size="guarded")
        # A final run cannot be rewritten: it is created again as it would have been.
        inputs = half.inputs | {blueprints.PROTECTION: True}
        Run.objects.create(
            environment=half_guarded, number=9, kind=half.kind, requested_by=alice, size="guarded",
            inputs=inputs, status=RunStatus.FAILED, queued_at=timezone.now(), plan_consumed_at=timezone.now(),
        )  # fmt: skip

        with pytest.raises(operations.Refused, match=r"may have protected it. Switch the protection off"):
            operations.destroy(environment_id=half_guarded.pk, by=alice, now=timezone.now())

    def test_is_forgotten_once_a_later_one_was_whole(self, half_guarded: Environment, alice: Person) -> None:
        again = operations.change(
            operations.ChangeRequest(
                environment_id=half_guarded.pk, size="small", inputs=half_guarded.inputs, by=alice
            ),
            now=timezone.now(),
        )
        assert again.approval == Run.Approval.PERSON
        finished(again)

        run = operations.destroy(environment_id=half_guarded.pk, by=alice, now=timezone.now())
        assert run.approval == Run.Approval.AUTOMATIC


class TestApprovalByPolicy:
    @pytest.mark.usefixtures("cloud")
    def test_is_of_one_piece_with_the_plan(
        self, place_order: PlaceOrder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run, move, cuts = place_order(), lifecycle.move, iter([True])

        def cut_once(**asked: Any) -> Run:
            moved = move(**asked)
            if asked["to"].to == RunStatus.PLANNED and next(cuts, False):
                raise OperationalError("server closed the connection unexpectedly")
            return moved

        monkeypatch.setattr(lifecycle, "move", cut_once)

        assert carried(run).status == RunStatus.APPLIED


class TestProtection:
    @pytest.fixture
    def protected(self, place_order: PlaceOrder) -> Environment:
        run = finished(place_order())
        environment = Environment.objects.get(pk=run.environment_id)
        environment.inputs[blueprints.PROTECTION] = True
        environment.ready_at = timezone.now()
        environment.save()
        return environment

    def test_refuses_to_destroy_before_anything_is_touched(
        self, protected: Environment, oscar: Person
    ) -> None:
        with pytest.raises(operations.Refused, match="protected against deletion"):
            operations.destroy(environment_id=protected.pk, by=oscar, now=timezone.now())

    def test_refuses_a_change_that_loses_data_even_one_that_ends_it(
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

    def test_takes_a_change_that_loses_nothing(self, protected: Environment, alice: Person) -> None:
        values = {**protected.inputs, "greeting": "good evening"}
        del values[blueprints.PROTECTION]

        assert operations.change(
            operations.ChangeRequest(environment_id=protected.pk, size="small", inputs=values, by=alice),
            now=timezone.now(),
        )

    @pytest.mark.parametrize("column", ["ready_at", "lost_at"])
    def test_is_nothing_where_nothing_stands(
        self, protected: Environment, oscar: Person, column: str
    ) -> None:
        never_ready, lost = None, timezone.now()
        Environment.objects.filter(pk=protected.pk).update(
            **{column: never_ready if column == "ready_at" else lost}
        )

        assert operations.destroy(environment_id=protected.pk, by=oscar, now=timezone.now())
