"""Each guard taken away once: the fault then does harm, and the invariants notice."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from provisioner import (
    claims,
    hosts,
    housekeeping,
    journal,
    lifecycle,
    preparation,
)
from provisioner.models import Run, WorkerHost
from provisioner.run_status import RunStatus
from provisioner.terraform import lock, phase, redaction
from tests.engine.conftest import PlaceOrder, brought_to
from tests.faults import invariants

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("cloud")]
DONE = b'{"@level":"info","@message":"made","type":"apply_complete","hook":{}}\n'


class TestFence:
    """Fault 9: the worker that wakes up after another one has its run."""

    @pytest.fixture
    def woken(self, place_order: PlaceOrder) -> journal.Journal:
        """A follower whose run was adopted, and told, by another one meanwhile."""
        run = claims.to_plan(run_id=place_order().pk, now=timezone.now())
        directory = preparation.directory_of(run)
        (directory / "plan").mkdir(parents=True)
        ended = {"exit_code": 0, "step": "plan", "reason": "finished", "started_at": "", "finished_at": ""}
        (directory / "plan" / "exit.json").write_text(json.dumps(ended))
        phase.stream_file(directory, phase="plan").write_bytes(DONE)
        woken = _follower(run, directory)
        Run.objects.filter(pk=run.pk).update(lease_expires_at=None)
        _follower(claims.adopt(run_id=run.pk, now=timezone.now()), directory).follow()
        Run.objects.filter(pk=run.pk).update(status=RunStatus.NEEDS_ATTENTION)
        return woken

    @pytest.mark.fault(9)
    def test_keeps_who_woke_up_from_writing(self, woken: journal.Journal) -> None:
        with pytest.raises(lifecycle.LeaseLost):
            woken.follow()

        assert list(invariants.stories_are_whole()) == []

    def test_switched_off_tells_a_line_twice(
        self, woken: journal.Journal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with_any_fence = lifecycle.locked

        def blind(run_id: Any) -> Run:
            row = with_any_fence(run_id)
            row.fence = woken.run.fence
            return row

        monkeypatch.setattr(lifecycle, "locked", blind)
        woken.follow()

        assert any("tells 2 of 1 completions" in words for words in invariants.stories_are_whole())


def _follower(run: Run, directory: Path) -> journal.Journal:
    return journal.Journal(run=run, phase="plan", directory=directory, redactor=redaction.Redactor(()))


class TestKernelLock:
    """Fault 4: a child of a dead Terraform still works."""

    @pytest.mark.fault(4)
    def test_switched_off_lets_a_living_apply_be_judged_dead(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "module").mkdir()
        sleeper = phase.Step("apply", ("/bin/sleep", "60"))
        phase.start(phase.Phase("apply", tmp_path, (sleeper,), {"PATH": "/bin"}, 60, 60))
        assert phase.observe(tmp_path, phase="apply").held

        monkeypatch.setattr(lock, "is_held", lambda directory: False)

        assert not phase.observe(tmp_path, phase="apply").held
        monkeypatch.undo()
        phase.force_stop(tmp_path, phase="apply")
        assert lock.is_free_within(tmp_path, seconds=10)


class TestConsumedPlan:
    """Fault 5: an apply that died is claimed a second time."""

    @pytest.fixture
    def approved_again(self, place_order: PlaceOrder) -> Run:
        """A run whose plan was consumed and whose status somebody set back."""
        run = brought_to(place_order(), RunStatus.APPLYING)
        Run.objects.filter(pk=run.pk).update(status=RunStatus.APPROVED)
        return run

    @pytest.mark.fault(5)
    def test_is_not_applied_again(self, approved_again: Run) -> None:
        assert _claimed(approved_again) == RunStatus.CANCELLED

    def test_switched_off_is_applied_again(
        self, approved_again: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(claims, "_plan_refusal", lambda run, plan_sha256: "")

        assert _claimed(approved_again) == RunStatus.APPLYING


def _claimed(run: Run) -> str:
    taken = claims.to_apply(run_id=run.pk, plan_sha256="a" * 64, now=timezone.now(), has_slot=True)
    return str(taken.status)


class TestWarmUp:
    """Fault 30: the first pass after the database was away."""

    @pytest.fixture
    def silent(self, place_order: PlaceOrder) -> Run:
        """A run whose host could not renew its lease for as long as the database was away."""
        run = brought_to(place_order(), RunStatus.APPLYING)
        past = timezone.now() - timedelta(seconds=hosts.GONE_SECONDS + 60)
        Run.objects.filter(pk=run.pk).update(
            host_id="away", lease_owner="away:1:2:3:4", lease_expires_at=past
        )
        WorkerHost.objects.create(host_id="away", boot_id="1", slots=2, last_seen_at=past)
        return run

    @pytest.mark.fault(30)
    def test_gives_no_verdict_in_the_first_thirty_seconds(self, silent: Run) -> None:
        watch, now = housekeeping.Watch(), timezone.now()

        for seconds in (0, 10, 20, 29):
            housekeeping.run_pass(now=now + timedelta(seconds=seconds), watch=watch)

        silent.refresh_from_db()
        assert silent.status == RunStatus.APPLYING

    def test_switched_off_declares_it_lost_at_once(
        self, silent: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(housekeeping.Watch, "trusts_the_clock", lambda watch, now: True)

        housekeeping.run_pass(now=timezone.now(), watch=housekeeping.Watch())

        silent.refresh_from_db()
        assert silent.status == RunStatus.NEEDS_ATTENTION


class TestInvariants:
    """The invariants themselves can fail."""

    def test_notice_a_lost_event_a_rewritten_one_and_a_double_create(
        self, place_order: PlaceOrder, tmp_path: Path
    ) -> None:
        run = brought_to(place_order(), RunStatus.APPLIED)
        (tmp_path / "made").write_text("web-1\nweb-1\n")
        assert invariants.violations() == []

        run.events.filter(seq=2).delete()

        assert len([words for words in invariants.violations() if words.startswith("I3")]) == 2
        assert list(invariants.made_once(tmp_path / "made", each=["web-1"])) == ["I2: web-1 was made 2 times"]
