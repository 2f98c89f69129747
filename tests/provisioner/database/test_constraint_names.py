"""A constraint that refuses: its error names the right cause, and no other error is mistaken for it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from provisioner.database import constraints
from provisioner.models import AuditEntry, AuditHead, Environment, Run
from tests.support.engine import PlaceOrder, change, finished

pytestmark = pytest.mark.django_db
NAMES = ("one_active_run_per_environment", "run_number_once", "run_idempotent")


def refusal_of(act: Callable[[], Any]) -> IntegrityError:
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        act()
    return refused.value


def again(run: Run, **columns: Any) -> Callable[[], Run]:
    """Another run of the environment, without the engine."""
    wanted = {"environment": run.environment, "requested_by": run.requested_by, "queued_at": timezone.now()}
    return lambda: Run.objects.create(**wanted | {"number": 2, "kind": "update"} | columns)


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("one_active_run_per_environment", {}),
        ("run_number_once", {"number": 1, "status": "failed"}),
        ("run_idempotent", {"status": "failed", "idempotency_key": "click"}),
    ],
)
def test_each_constraint_of_a_run_is_known_by_its_name(
    place_order: PlaceOrder, name: str, columns: dict[str, Any]
) -> None:
    run = place_order(key="click")

    error = refusal_of(again(run, **columns))

    assert [each for each in NAMES if constraints.is_violation_of(error, each, of=Run)] == [name]


def test_a_taken_name_is_known(place_order: PlaceOrder) -> None:
    taken = place_order().environment
    columns = ("name", "team_id", "account_id", "owner_id", "blueprint", "status", "created_at")

    error = refusal_of(lambda: Environment.objects.create(**{name: getattr(taken, name) for name in columns}))

    assert constraints.is_violation_of(error, "environment_name_once_per_account", of=Environment)
    assert not constraints.is_violation_of(error, "run_idempotent", of=Run)


class TestATrailThatTakesNoEntry:
    @pytest.fixture
    def _full(self) -> None:
        """Somebody has written behind the chain's end: the next entry's number is taken."""
        seq = AuditHead.objects.get().seq + 1
        entry = AuditEntry(seq=seq, at=timezone.now(), actor="x", action="x", result="allowed")
        entry.save(force_insert=True)

    @pytest.mark.usefixtures("_full")
    def test_refuses_the_order_and_is_not_reported_as_a_taken_name(self, place_order: PlaceOrder) -> None:
        error = refusal_of(place_order)

        assert "trailentry" in str(error)
        assert not Environment.objects.exists()

    def test_refuses_the_change_and_is_not_reported_as_another_run(
        self, place_order: PlaceOrder, alice: Any, request: pytest.FixtureRequest
    ) -> None:
        created = finished(place_order())
        request.getfixturevalue("_full")

        error = refusal_of(lambda: change(created, alice))

        assert "trailentry" in str(error)
        assert Run.objects.count() == 1
