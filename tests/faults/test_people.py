"""Faults of people and their browsers: two at once, reloads, cut sockets, an audit trail that cannot be
written.
"""

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
def test_two_people_who_click_at_once_a_hundred_times_get_one_run_each_time(
    place_order: PlaceOrder, alice: Any, bob: Any
) -> None:
    created = finished(place_order())
    for _ in range(100):
        results = at_once(lambda: change(created, alice), lambda: change(created, bob))

        assert kinds(results) == ["ActiveRun", "Run"]
        won = next(result for result in results if isinstance(result, Run))
        operations.cancel(run_id=won.pk, by=won.requested_by, now=timezone.now())


@pytest.mark.fault(17)
def test_a_cancel_in_the_last_moment_ends_in_one_explained_state(gated: Run, gate: Path, alice: Any) -> None:
    with in_background(gated):
        workers.until_in_mid_apply(gated)
        gate.touch()
        operations.cancel(run_id=gated.pk, by=alice, now=timezone.now())

    gated.refresh_from_db()
    assert gated.status in (RunStatus.APPLIED, RunStatus.CANCELLED)
    assert gated.events.filter(type="status", data__to__in=["applied", "cancelled"]).count() == 1


class TestAuditTrail:
    @pytest.fixture
    def unwritable(self, transactional_db: None) -> Iterator[None]:
        """Nothing can be written to the audit trail."""
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
    @pytest.mark.usefixtures("unwritable")
    def test_that_cannot_be_written_refuses_the_act(self, place_order: PlaceOrder) -> None:
        # Not as an answer to a person: neither another name nor another try would help.
        with pytest.raises(IntegrityError, match="no room for the audit trail"):
            place_order()

        assert (Environment.objects.count(), Run.objects.count()) == (0, 0)
        assert audit.verify().is_intact


@pytest.mark.fault(56)
def test_a_foreign_runs_id_opens_nothing(place_order: PlaceOrder, mallory: Any) -> None:
    run = brought_to(place_order(), RunStatus.APPLIED)
    stranger = Client()
    stranger.force_login(mallory)

    assert list(invariants.hidden_from(stranger, run=run)) == []


@pytest.mark.fault(60)
def test_a_secret_stands_in_no_table(place_order: PlaceOrder) -> None:
    place_order(secret="canary-of-the-faults")

    assert list(invariants.shows_nowhere("canary-of-the-faults")) == []
