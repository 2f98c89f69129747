"""A worker with a wrong clock: leases and heartbeats use the database's clock."""

import time
from pathlib import Path

import pytest

from provisioner.database import clock
from provisioner.models import Run, WorkerHost
from provisioner.run_status import RunStatus
from provisioner.worker import recovery
from tests.faults import invariants, mutants, workers
from tests.support.engine import eventually, executed

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("invariants_hold")]
LEASE_SECONDS = 8


@pytest.mark.fault(52)
@pytest.mark.parametrize("seconds", [600, -600], ids=["ahead", "behind"])
def test_a_clock_that_jumps_ten_minutes_changes_no_lease(
    gated: Run, gate: Path, made: Path, seconds: int
) -> None:
    jumped = {mutants.AHEAD: str(seconds), "LEASE_SECONDS": str(LEASE_SECONDS)}
    with workers.executing(gated, **jumped) as worker:
        workers.until_in_mid_apply(gated)
        fence = Run.objects.get(pk=gated.pk).fence
        # Even if the housekeeping trusts its clock immediately.
        with workers.running_housekeeping(protection="warm-up", **jumped):
            for _ in range(4):
                time.sleep(1)
                assert 0 < seconds_left(gated) <= LEASE_SECONDS
                assert recovery.orphans(now=clock.now(), trust_the_clock=True) == []
        worker.kill()
    seen = clock.now() - WorkerHost.objects.get().last_seen_at
    assert 0 <= seen.total_seconds() < 60
    gated.refresh_from_db()
    assert (gated.status, gated.fence) == (RunStatus.APPLYING, fence)
    # For a worker on another host only the clock counts.
    Run.objects.filter(pk=gated.pk).update(lease_owner="elsewhere:1:2:3:4")
    eventually(lambda: seconds_left(gated) <= 0, limit_seconds=LEASE_SECONDS + 1)
    assert recovery.orphans(now=clock.now(), trust_the_clock=True) == [gated]

    gate.touch()
    run = executed(gated)

    assert (run.status, run.reason) == (RunStatus.APPLIED, "")
    assert list(invariants.made_once(made, each=["web-1"])) == []


def seconds_left(run: Run) -> float:
    """Seconds left of the run's lease, by the database's clock."""
    ends_at = Run.objects.get(pk=run.pk).lease_expires_at
    assert ends_at
    return (ends_at - clock.now()).total_seconds()
