"""Every move of the state table, with the database triggers that protect runs."""

import hashlib
import itertools

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.utils import timezone

from provisioner import audit
from provisioner.database import triggers
from provisioner.models import AuditEntry, Run, RunEvent
from provisioner.permissions import Person
from provisioner.run_status import FINAL, RunStatus
from provisioner.runs import events, lifecycle
from provisioner.stored_text import verbatim
from tests.support.engine import PATHS, PlaceOrder, brought_to

pytestmark = pytest.mark.django_db
PAIRS = list(itertools.product(RunStatus, RunStatus))


@pytest.mark.parametrize(("before", "after"), PAIRS, ids=lambda status: status.value)
def test_each_move_is_made_or_refused_as_in_the_table(
    before: RunStatus, after: RunStatus, place_order: PlaceOrder
) -> None:
    run = brought_to(place_order(), before)
    last_seq = run.last_seq
    columns = {"plan_sha256": "a" * 64, "plan_consumed_at": timezone.now()}
    move = lifecycle.Move(to=after, reason=verbatim("Because."), columns=columns)

    if after in lifecycle.MOVES[before]:
        lifecycle.move(run_id=run.pk, to=move, now=timezone.now())
        run.refresh_from_db()
        reported = run.events.get(seq=last_seq + 1)
        assert (run.status, reported.data["from"], reported.data["to"]) == (after, before, after)
        assert AuditEntry.objects.filter(action=f"run.{after.value}", run_id=str(run.pk)).exists()
        assert (run.sealed_at is not None) == (after in FINAL)
    else:
        with pytest.raises(lifecycle.CannotMove):
            lifecycle.move(run_id=run.pk, to=move, now=timezone.now())
        run.refresh_from_db()
        assert (run.status, run.last_seq) == (before, last_seq)


def test_every_status_can_be_reached() -> None:
    assert set(PATHS) == set(RunStatus)


def test_the_sha_256_covers_lines_that_were_added_while_it_was_computed(place_order: PlaceOrder) -> None:
    run = brought_to(place_order(), RunStatus.PLANNING)
    digest = events.Digest(run.pk)
    before = digest.read_on(page=1)
    word = events.NewEvent(
        at=timezone.now(), phase="plan", type="text", message="In the last instant, \u00fcber alles."
    )
    with transaction.atomic():
        events.append(lifecycle.lock_run(run.pk), [word])

    after = digest.read_on()

    whole = "".join(events.lines(run_id=run.pk)).encode()
    assert after == hashlib.sha256(whole).hexdigest() != before


def test_a_move_with_an_old_fence_writes_nothing(place_order: PlaceOrder) -> None:
    run = brought_to(place_order(), RunStatus.PLANNING)
    Run.objects.filter(pk=run.pk).update(fence=5)

    with pytest.raises(lifecycle.LeaseLost):
        lifecycle.move(run_id=run.pk, to=lifecycle.Move(to=RunStatus.FAILED), now=timezone.now(), fence=4)

    run.refresh_from_db()
    assert run.status == RunStatus.PLANNING


class TestTriggers:
    """Each trigger rejects statements of the ORM that bypass the engine."""

    @pytest.fixture
    def over(self, place_order: PlaceOrder) -> Run:
        return brought_to(place_order(), RunStatus.CANCELLED)

    @pytest.fixture
    def as_migrated(self, db: None) -> None:
        """With the triggers against deletion, which `tests/conftest.py` removes."""
        triggers.install(connection)

    def test_a_final_run_is_immutable(self, over: Run) -> None:
        with pytest.raises(DatabaseError, match="immutable"):
            Run.objects.filter(pk=over.pk).update(reason="It was not me.")

    def test_a_sealed_run_accepts_no_events(self, over: Run) -> None:
        new = events.NewEvent(at=timezone.now(), phase="done", type="text", message="One more.")
        with pytest.raises(DatabaseError, match="no more events"), transaction.atomic():
            events.append(over, [new])

    def test_an_event_cannot_be_changed(self, place_order: PlaceOrder) -> None:
        run = place_order()
        with pytest.raises(DatabaseError, match="never rewritten"):
            RunEvent.objects.filter(run=run).update(message="Something else.")

    def test_a_fence_cannot_decrease(self, place_order: PlaceOrder) -> None:
        run = place_order()
        Run.objects.filter(pk=run.pk).update(fence=3)
        with pytest.raises(DatabaseError, match="fence never falls"):
            Run.objects.filter(pk=run.pk).update(fence=2)

    def test_the_audit_trail_is_append_only(self, place_order: PlaceOrder) -> None:
        place_order()
        with pytest.raises(DatabaseError, match="append-only"):
            AuditEntry.objects.update(actor="nobody")

    @pytest.mark.usefixtures("as_migrated")
    def test_events_of_a_final_run_cannot_be_deleted(self, place_order: PlaceOrder) -> None:
        over = brought_to(place_order(), RunStatus.CANCELLED)
        with pytest.raises(DatabaseError, match="sealed run stay"), transaction.atomic():
            RunEvent.objects.filter(run=over, seq=2).delete()
        assert over.events.count() == over.event_count

    @pytest.mark.usefixtures("as_migrated")
    def test_an_audit_entry_cannot_be_deleted(self, place_order: PlaceOrder) -> None:
        place_order()
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            AuditEntry.objects.all().delete()
        assert audit.verify().entries == AuditEntry.objects.count() > 0

    def test_an_environment_has_one_active_run(self, place_order: PlaceOrder) -> None:
        run = place_order()
        twin = Run(
            environment=run.environment, number=2, kind="update", requested_by=run.requested_by,
            queued_at=timezone.now(),
        )  # fmt: skip
        with pytest.raises(IntegrityError, match=r"one_active_run|environment_id"):
            twin.save(force_insert=True)

    def test_a_requester_cannot_be_the_approver(self, place_order: PlaceOrder, alice: Person) -> None:
        run = place_order()
        with pytest.raises(IntegrityError, match="requesters_own"):
            Run.objects.filter(pk=run.pk).update(approved_by=alice)

    def test_a_run_cannot_apply_without_a_consumed_plan(self, place_order: PlaceOrder) -> None:
        run = place_order()
        with pytest.raises(IntegrityError, match="consumed"):
            Run.objects.filter(pk=run.pk).update(status="applying", plan_sha256="a" * 64)


def test_every_move_is_audited(place_order: PlaceOrder) -> None:
    brought_to(place_order(), RunStatus.APPLIED)

    verdict = audit.verify()

    assert verdict.is_intact
    assert verdict.entries == AuditEntry.objects.count() > 5
