"""Approve, discard, cancel, settle: who may do it, and when."""

from typing import Any

import pytest
from django.utils import timezone

from provisioner import operations
from provisioner.models import AuditEntry, Run
from provisioner.run_status import RunStatus
from tests.support.engine import PlaceOrder, brought_to

pytestmark = pytest.mark.django_db


@pytest.fixture
def planned(place_order: PlaceOrder) -> Run:
    return brought_to(place_order(size="guarded"), RunStatus.PLANNED)


class TestApprove:
    def test_records_the_approver(self, planned: Run, oscar: Any) -> None:
        operations.approve(run_id=planned.pk, by=oscar, now=timezone.now())

        planned.refresh_from_db()
        assert (planned.status, planned.approved_by) == (RunStatus.APPROVED, oscar)
        approved = AuditEntry.objects.filter(action__in=["run.approve", "run.approved"])
        assert {entry.actor for entry in approved} == {"oscar"}

    def test_is_refused_to_the_requester(self, place_order: PlaceOrder, oscar: Any) -> None:
        own = brought_to(place_order(size="guarded", by=oscar), RunStatus.PLANNED)

        with pytest.raises(operations.CannotApprove, match="You requested this run"):
            operations.approve(run_id=own.pk, by=oscar, now=timezone.now())

        own.refresh_from_db()
        assert own.status == RunStatus.PLANNED

    @pytest.mark.parametrize("who", ["bob", "mallory", "audrey"])
    def test_is_for_operators_and_admins(
        self, who: str, planned: Run, request: pytest.FixtureRequest
    ) -> None:
        with pytest.raises(operations.CannotApprove, match="Only an operator"):
            operations.approve(run_id=planned.pk, by=request.getfixturevalue(who), now=timezone.now())

    def test_is_refused_after_a_discard(self, planned: Run, oscar: Any, bob: Any) -> None:
        operations.discard(run_id=planned.pk, by=bob, now=timezone.now())

        with pytest.raises(operations.CannotApprove, match="discarded"):
            operations.approve(run_id=planned.pk, by=oscar, now=timezone.now())


class TestCancel:
    @pytest.mark.parametrize("status", [RunStatus.QUEUED, RunStatus.APPROVED])
    def test_ends_a_waiting_run_immediately(
        self, status: RunStatus, place_order: PlaceOrder, bob: Any
    ) -> None:
        run = brought_to(place_order(), status)

        operations.cancel(run_id=run.pk, by=bob, now=timezone.now())

        run.refresh_from_db()
        assert (run.status, run.cancel_asked_by) == (RunStatus.CANCELLED, bob)

    @pytest.mark.parametrize("status", [RunStatus.PLANNING, RunStatus.APPLYING])
    def test_while_terraform_works_records_one_request(
        self, status: RunStatus, place_order: PlaceOrder, bob: Any, alice: Any
    ) -> None:
        run = brought_to(place_order(), status)

        for person in (bob, alice, bob):
            operations.cancel(run_id=run.pk, by=person, now=timezone.now())

        run.refresh_from_db()
        assert (run.status, run.cancel_asked_by) == (status, bob)
        assert AuditEntry.objects.filter(action="run.cancel").count() == 1

    def test_is_refused_for_a_waiting_plan_and_for_a_finished_run(self, planned: Run, bob: Any) -> None:
        assert "Discard its plan" in operations.why_not_cancel(planned, bob)
        operations.discard(run_id=planned.pk, by=bob, now=timezone.now())

        with pytest.raises(operations.CannotCancel, match="discarded"):
            operations.cancel(run_id=planned.pk, by=bob, now=timezone.now())

    def test_is_refused_to_another_team(self, place_order: PlaceOrder, mallory: Any) -> None:
        run = place_order()

        with pytest.raises(operations.CannotCancel, match="You cannot"):
            operations.cancel(run_id=run.pk, by=mallory, now=timezone.now())


class TestSettle:
    def test_is_for_operators_and_for_runs_that_need_attention(
        self, place_order: PlaceOrder, alice: Any, oscar: Any
    ) -> None:
        run = place_order()
        assert "nothing to settle" in operations.why_not_settle(run, oscar)
        brought_to(run, RunStatus.NEEDS_ATTENTION)

        with pytest.raises(operations.CannotSettle, match="Only an operator"):
            operations.settle(run_id=run.pk, by=alice, now=timezone.now())
        operations.settle(run_id=run.pk, by=oscar, now=timezone.now())

        run.refresh_from_db()
        assert run.status == RunStatus.FAILED
        assert "Settled by oscar" in run.reason
