"""Leases and heartbeats use the database's clock, not that of the host."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from provisioner.database import clock
from provisioner.models import Run
from provisioner.run_status import RunStatus
from provisioner.worker import leases
from tests.support.engine import PlaceOrder, brought_to

pytestmark = pytest.mark.django_db


@pytest.fixture
def _jumped(monkeypatch: pytest.MonkeyPatch) -> None:
    """This host's clock is ten minutes ahead."""
    right = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: right() + timedelta(minutes=10))


@pytest.mark.usefixtures("_jumped")
def test_is_not_affected_by_this_hosts_clock() -> None:
    before = timezone.now() - timedelta(minutes=10)

    reported = clock.now()

    # SQLite's clock has milliseconds only.
    assert abs(reported - before) < timedelta(seconds=5)


@pytest.mark.usefixtures("_jumped")
def test_sets_a_lease_in_the_statement_that_renews_it(place_order: PlaceOrder, settings: Any) -> None:
    settings.LEASE_SECONDS = 20
    run = brought_to(place_order(), RunStatus.APPLYING)

    Run.objects.filter(pk=run.pk).update(lease_expires_at=leases.renewed())

    run.refresh_from_db()
    assert run.lease_expires_at
    assert abs((run.lease_expires_at - clock.now()).total_seconds() - 20) < 5
