"""Faults of people: two at once, a late cancel, another team's run, an audit trail without inserts."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.test import Client
from django.utils import timezone

from provisioner import audit, operations
from provisioner.database import triggers
from provisioner.models import Environment, Run
from provisioner.run_status import RunStatus
from tests.faults import invariants, workers
from tests.support.engine import PlaceOrder, brought_to, change, finished
from tests.support.races import at_once, kinds
from tests.support.threads import in_background

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("invariants_hold")]


@pytest.mark.fault(14)
@pytest.mark.slow_fault
def test_two_people_who_change_at_the_same_time_get_one_run_in_each_of_100_rounds(
    place_order: PlaceOrder, alice: Any, bob: Any
) -> None:
    created = finished(place_order())
    for _ in range(100):
        results = at_once(lambda: change(created, alice), lambda: change(created, bob))

        assert kinds(results) == ["ActiveRun", "Run"]
        won = next(result for result in results if isinstance(result, Run))
        operations.cancel(run_id=won.pk, by=won.requested_by, now=timezone.now())


@pytest.mark.fault(17)
def test_a_cancel_at_the_end_of_the_apply_gives_one_final_status(gated: Run, gate: Path, alice: Any) -> None:
    with in_background(gated):
        workers.until_in_mid_apply(gated)
        gate.touch()
        operations.cancel(run_id=gated.pk, by=alice, now=timezone.now())

    gated.refresh_from_db()
    assert gated.status in (RunStatus.APPLIED, RunStatus.CANCELLED)
    assert gated.events.filter(type="status", data__to__in=["applied", "cancelled"]).count() == 1


class TestAuditTrail:
    @pytest.fixture
    def audit_trail_without_inserts(self, transactional_db: None) -> Iterator[None]:
        """The audit trail rejects every entry."""
        words = "no room for the audit trail"
        protection = triggers.Trigger("no_trail", "provisioner_trailentry", "INSERT", "", words)
        with connection.cursor() as cursor:
            for statement in triggers._create(protection, vendor=connection.vendor):
                cursor.execute(statement)
        yield
        on = " ON provisioner_trailentry" if connection.vendor == "postgresql" else ""
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TRIGGER guard_no_trail{on}")

    @pytest.mark.fault(53)
    @pytest.mark.usefixtures("audit_trail_without_inserts")
    def test_an_order_is_refused_if_it_cannot_be_audited(self, place_order: PlaceOrder) -> None:
        # Not as a message to the person: neither another name nor a second try would help.
        with pytest.raises(IntegrityError, match="no room for the audit trail"):
            place_order()

        assert (Environment.objects.count(), Run.objects.count()) == (0, 0)
        assert audit.verify().is_intact


@pytest.mark.fault(56)
def test_a_run_of_another_team_is_not_found(place_order: PlaceOrder, mallory: Any) -> None:
    run = brought_to(place_order(), RunStatus.APPLIED)
    stranger = Client()
    stranger.force_login(mallory)

    assert list(invariants.hidden_from(stranger, run=run)) == []


@pytest.mark.fault(60)
def test_a_secret_is_in_no_table(place_order: PlaceOrder) -> None:
    place_order(secret="canary-of-the-faults")

    assert list(invariants.secret_is_stored_nowhere("canary-of-the-faults")) == []
