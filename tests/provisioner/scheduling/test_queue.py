"""The queue: the next run, reasons to wait, and repeated messages."""

from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import Settings

from provisioner.models import Run, WorkerHost
from provisioner.run_status import RunStatus
from provisioner.scheduling import dispatch, fairness, hosts, queue
from provisioner.worker import claims
from tests.support.engine import PlaceOrder, brought_to

pytestmark = pytest.mark.django_db
NOW = datetime(2030, 1, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def three(place_order: PlaceOrder) -> list[Run]:
    """Three waiting runs, in the order of the queue."""
    runs = [place_order(name=f"web-{number}", network=f"10.{number}.0.0/16") for number in (1, 2, 3)]
    for minute, run in enumerate(runs):
        Run.objects.filter(pk=run.pk).update(queued_at=NOW + timedelta(minutes=minute))
        run.refresh_from_db()
    return runs


def host(*, slots: int = 2, seen_at: datetime = NOW, trouble: str = "") -> WorkerHost:
    return WorkerHost.objects.create(
        host_id="one", boot_id="boot", slots=slots, last_seen_at=seen_at, trouble=trouble
    )


class TestPosition:
    def test_counts_the_runs_ahead(self, three: list[Run]) -> None:
        host()

        standings = [queue.position(run, now=NOW) for run in three]

        assert [(found.position, found.ahead) for found in standings if found] == [(1, 0), (2, 1), (3, 2)]

    def test_says_that_slots_are_busy(self, three: list[Run]) -> None:
        host(slots=1)
        brought_to(three[0], RunStatus.PLANNING)

        found = queue.position(three[1], now=NOW)

        assert found == queue.Position(position=1, ahead=0, reason="1 of 1 slots are busy.")

    def test_says_since_when_no_worker_responds(self, three: list[Run]) -> None:
        host(seen_at=NOW - timedelta(minutes=7))

        found = queue.position(three[0], now=NOW)

        assert found
        assert found.reason.startswith("No worker has responded since 11:53 UTC.")

    def test_says_what_is_missing_on_the_host(self, three: list[Run]) -> None:
        host(trouble="Terraform is missing. Install it.")

        found = queue.position(three[0], now=NOW)

        assert found
        assert found.reason == "Terraform is missing. Install it."

    def test_puts_an_approved_plan_before_a_new_one(self, three: list[Run]) -> None:
        host()
        approved = brought_to(three[2], RunStatus.APPROVED)

        found = queue.position(approved, now=NOW)

        assert found
        assert found.position == 1

    def test_of_a_plan_is_the_wait_for_approval(self, three: list[Run]) -> None:
        found = queue.position(brought_to(three[0], RunStatus.PLANNED), now=NOW)

        assert found
        assert "approval" in found.reason

    def test_of_a_finished_run_is_none(self, three: list[Run]) -> None:
        assert queue.position(brought_to(three[0], RunStatus.APPLIED), now=NOW) is None


def test_the_overview_counts_what_pages_and_metrics_show(three: list[Run]) -> None:
    host(trouble="No mirror.")
    brought_to(three[0], RunStatus.PLANNING)

    found = queue.overview(now=NOW)

    assert (found.waiting, found.busy, found.slots, found.hosts_alive) == (2, 1, 2, 1)
    assert found.troubles == ("No mirror.",)
    assert found.oldest_queued_at == three[1].queued_at
    assert not found.is_overdue
    assert queue.overview(now=three[1].queued_at + fairness.PATIENCE).is_overdue


class TestDispatch:
    def test_publishes_as_many_runs_as_there_are_free_slots(self, three: list[Run]) -> None:
        host(slots=2)

        assert dispatch.next_runs(now=NOW) == [three[0].pk, three[1].pk]

    def test_repeats_a_lost_message_with_growing_intervals(self, three: list[Run]) -> None:
        host(slots=1)
        Run.objects.update(dispatched_at=NOW, dispatch_count=2)

        assert dispatch.repeat_lost(now=NOW + timedelta(seconds=39)) == []
        assert dispatch.repeat_lost(now=NOW + timedelta(seconds=29, minutes=0)) == []
        WorkerHost.objects.update(last_seen_at=NOW + timedelta(seconds=40))
        assert dispatch.repeat_lost(now=NOW + timedelta(seconds=40)) == [three[0].pk]

    def test_sends_a_run_with_a_workspace_to_its_host(self) -> None:
        assert dispatch.queue_of("abc") == "runs.abc"
        assert dispatch.queue_of("") == "runs"

    def test_survives_without_a_broker(self, three: list[Run], monkeypatch: pytest.MonkeyPatch) -> None:
        from provisioner import celery_app

        # The Celery application keeps the pool of the memory broker, so use a new one.
        fresh = type(celery_app.app)("fresh", broker="redis://127.0.0.1:9")
        fresh.conf.task_publish_retry_policy = {"max_retries": 0}
        monkeypatch.setattr(celery_app, "app", fresh)

        assert not dispatch.publish(run_id=three[0].pk, now=NOW)


class TestClaim:
    def test_waits_while_every_slot_of_the_host_is_busy(self, three: list[Run], settings: Settings) -> None:
        settings.RUN_SLOTS = 1
        claims.to_plan(run_id=three[0].pk, now=NOW)

        with pytest.raises(claims.NotClaimed, match="1 of 1 slots"):
            claims.to_plan(run_id=three[1].pk, now=NOW)

    def test_records_the_worker_and_its_lease(self, three: list[Run], settings: Settings) -> None:
        run = claims.to_plan(run_id=three[0].pk, now=NOW)

        assert (run.fence, run.host_id) == (1, hosts.host_id())
        assert run.lease_expires_at == NOW + timedelta(seconds=settings.LEASE_SECONDS)

    def test_of_an_active_run_is_refused(self, three: list[Run]) -> None:
        claims.to_plan(run_id=three[0].pk, now=NOW)

        with pytest.raises(claims.NotClaimed, match="belongs to"):
            claims.adopt(run_id=three[0].pk, now=NOW)

    def test_of_a_consumed_plan_ends_the_run(self, three: list[Run]) -> None:
        run = brought_to(three[0], RunStatus.APPROVED)
        Run.objects.filter(pk=run.pk).update(plan_consumed_at=NOW)

        found = claims.to_apply(run_id=run.pk, plan_sha256="a" * 64, now=NOW, has_slot=True)

        assert found.status == RunStatus.CANCELLED
        assert "applied before" in found.reason
