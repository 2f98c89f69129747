"""The error of a violated constraint is recognized by its name, and other errors are not mistaken for it."""

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


def error_of(act: Callable[[], Any]) -> IntegrityError:
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        act()
    return refused.value


def create_another_run(run: Run, **columns: Any) -> Callable[[], Run]:
    """A function that creates another run of the environment without the engine."""
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
def test_each_constraint_of_a_run_is_recognized_by_its_name(
    place_order: PlaceOrder, name: str, columns: dict[str, Any]
) -> None:
    run = place_order(key="click")

    error = error_of(create_another_run(run, **columns))

    assert [each for each in NAMES if constraints.is_violation_of(error, each, of=Run)] == [name]


def test_a_name_in_use_is_recognized(place_order: PlaceOrder) -> None:
    taken = place_order().environment
    columns = ("name", "team_id", "account_id", "owner_id", "blueprint", "status", "created_at")

    error = error_of(lambda: Environment.objects.create(**{name: getattr(taken, name) for name in columns}))

    assert constraints.is_violation_of(error, "environment_name_once_per_account", of=Environment)
    assert not constraints.is_violation_of(error, "run_idempotent", of=Run)


class TestAuditTrailThatRejectsAnEntry:
    @pytest.fixture
    def _rejecting(self) -> None:
        """The number of the next entry is already used by a row after the end of the chain."""
        seq = AuditHead.objects.get().seq + 1
        entry = AuditEntry(seq=seq, at=timezone.now(), actor="x", action="x", result="allowed")
        entry.save(force_insert=True)

    @pytest.mark.usefixtures("_rejecting")
    def test_an_order_fails_but_not_with_a_name_in_use(self, place_order: PlaceOrder) -> None:
        error = error_of(place_order)

        assert "trailentry" in str(error)
        assert not Environment.objects.exists()

    def test_a_change_fails_but_not_with_an_active_run(
        self, place_order: PlaceOrder, alice: Any, request: pytest.FixtureRequest
    ) -> None:
        created = finished(place_order())
        request.getfixturevalue("_rejecting")

        error = error_of(lambda: change(created, alice))

        assert "trailentry" in str(error)
        assert Run.objects.count() == 1
