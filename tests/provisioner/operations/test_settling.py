"""Settle a run that needs attention after an interrupted apply, or plan the same again."""

import pytest
from django.utils import timezone
from pytest_django import Settings

from provisioner import operations
from provisioner.models import Run
from provisioner.permissions import Person
from provisioner.run_status import Remediation, RunStatus
from tests.support.interrupted import lose_its_host, remediated, state, store

pytestmark = pytest.mark.django_db(transaction=True)


class TestSettling:
    @pytest.mark.parametrize("remediation", [Remediation.UNLOCK, Remediation.PUSH, Remediation.LOOK])
    def test_is_refused_while_a_remediation_is_requested(
        self, left: Run, oscar: Person, remediation: Remediation
    ) -> None:
        now = timezone.now()
        if remediation == Remediation.LOOK:
            operations.inspect_again(run_id=left.pk, by=oscar, now=now)
        else:
            operations.remediate(run_id=left.pk, remediation=remediation, by=oscar, name="web-1", now=now)

        with pytest.raises(operations.CannotSettle, match="The run's host is working on it"):
            operations.settle(run_id=left.pk, by=oscar, now=now)
        with pytest.raises(operations.CannotSettle, match="The run's host is working on it"):
            operations.replan(run_id=left.pk, by=oscar, now=now)

    def test_does_not_wait_for_a_dead_host(self, left: Run, oscar: Person) -> None:
        now = timezone.now()
        operations.remediate(run_id=left.pk, remediation=Remediation.UNLOCK, by=oscar, name="web-1", now=now)
        lose_its_host(left)

        assert operations.settle(run_id=left.pk, by=oscar, now=now).status == RunStatus.FAILED


class TestReplan:
    @pytest.fixture
    def cleared(self, left: Run, oscar: Person) -> Run:
        """The same run after its state was pushed and its lock was released."""
        for remediation in (Remediation.PUSH, Remediation.UNLOCK):
            remediated(left, remediation, oscar)
        left.refresh_from_db()
        return left

    def test_is_refused_until_state_and_lock_are_cleared_in_this_order(
        self, left: Run, oscar: Person
    ) -> None:
        with pytest.raises(operations.CannotSettle, match="Release the lock first"):
            operations.replan(run_id=left.pk, by=oscar, now=timezone.now())
        remediated(left, Remediation.UNLOCK, oscar)
        with pytest.raises(operations.CannotSettle, match="Push the state first"):
            operations.replan(run_id=left.pk, by=oscar, now=timezone.now())
        remediated(left, Remediation.PUSH, oscar)

        assert operations.replan(run_id=left.pk, by=oscar, now=timezone.now()).status == RunStatus.QUEUED

    def test_is_not_needed_to_settle_if_the_state_cannot_be_pushed(self, left: Run, oscar: Person) -> None:
        store(left, state(serial=6))
        remediated(left, Remediation.PUSH, oscar)
        remediated(left, Remediation.UNLOCK, oscar)

        assert operations.settle(run_id=left.pk, by=oscar, now=timezone.now()).status == RunStatus.FAILED

    def test_settles_the_run_and_requests_the_same_again(self, cleared: Run, oscar: Person) -> None:
        left = cleared
        afresh = operations.replan(run_id=left.pk, by=oscar, now=timezone.now())

        left.refresh_from_db()
        assert (left.status, afresh.status, afresh.kind) == (RunStatus.FAILED, RunStatus.QUEUED, "update")
        assert (afresh.size, afresh.inputs["command"]) == (left.size, left.inputs["command"])

    def test_does_nothing_if_the_same_request_is_no_longer_allowed(
        self, cleared: Run, oscar: Person, settings: Settings
    ) -> None:
        left = cleared
        settings.BLUEPRINT_FOLDERS = []

        with pytest.raises(operations.Refused, match="not available at the moment"):
            operations.replan(run_id=left.pk, by=oscar, now=timezone.now())

        left.refresh_from_db()
        assert left.status == RunStatus.NEEDS_ATTENTION

    def test_is_refused_to_a_member(self, left: Run, alice: Person) -> None:
        with pytest.raises(operations.CannotSettle, match="Only an operator or an admin"):
            operations.replan(run_id=left.pk, by=alice, now=timezone.now())
