"""Each protection is removed once. The fault is then repeated, and its checks must find the damage.

With the protection "none" nothing is removed, and the same scene ends without a violation.
"""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from provisioner.models import Run, WorkerHost
from provisioner.run_status import RunStatus
from provisioner.scheduling import hosts
from provisioner.worker import housekeeping
from tests.faults import invariants, scenes
from tests.support.engine import PlaceOrder, brought_to, executed

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("cloud")]

Stage = Callable[..., scenes.Scene]


@pytest.fixture
def stage(place_order: PlaceOrder, gate: Path, made: Path) -> Stage:
    """`stage(protection="none")`: a scene whose apply waits for the gate and may print meanwhile."""

    def make(*, protection: str, says: str = "") -> scenes.Scene:
        wait = f"i=0; while [ ! -e {gate} ]; do i=$((i+1)); {says} sleep 0.1; done; echo done"
        run = place_order(command=f"echo {scenes.NAME} >> {made}; {wait}")
        return scenes.Scene(run=run, gate=gate, made=made, protection=protection)

    return make


class TestFileInsteadOfPipe:
    @pytest.mark.fault(1)
    def test_terraform_survives_a_killed_worker(self, stage: Stage, tmp_path: Path) -> None:
        assert scenes.worker_killed(stage(protection="none"), tmp_path) == []

    @pytest.mark.mutation(1)
    def test_with_a_pipe_terraform_dies_with_its_reader(self, stage: Stage, tmp_path: Path) -> None:
        found = scenes.worker_killed(stage(protection="file"), tmp_path)

        assert any(words.startswith("the run is ") for words in found)


class TestKernelLock:
    @pytest.mark.fault(4)
    def test_the_state_stays_locked_while_a_process_of_the_run_is_alive(
        self, stage: Stage, oscar: Any
    ) -> None:
        assert scenes.terraform_killed(stage(protection="none"), oscar) == []

    @pytest.mark.mutation(4)
    def test_without_it_the_state_is_unlocked_while_a_process_is_alive(
        self, stage: Stage, oscar: Any
    ) -> None:
        found = scenes.terraform_killed(stage(protection="flock"), oscar)

        assert "the state was unlocked while a process of the run was alive" in found


class TestConsumedPlan:
    @pytest.mark.fault(5)
    def test_is_not_applied_again(self, stage: Stage, oscar: Any) -> None:
        assert scenes.tree_killed(stage(protection="none"), oscar) == []

    @pytest.mark.mutation(5)
    def test_without_the_check_is_applied_again(self, stage: Stage, oscar: Any) -> None:
        found = scenes.tree_killed(stage(protection="consumed plan"), oscar)

        assert "I2: web-1 was made 2 times" in found


class TestFence:
    @pytest.mark.fault(9)
    def test_a_worker_that_wakes_up_writes_nothing(self, stage: Stage) -> None:
        assert scenes.worker_suspended(stage(protection="none", says="echo line $i;")) == []

    @pytest.mark.mutation(9)
    def test_without_it_lines_are_stored_twice(self, stage: Stage) -> None:
        found = scenes.worker_suspended(stage(protection="fence", says="echo line $i;"))

        assert any(words.endswith("is stored 2 times") for words in found)


class TestWarmUp:
    """Fault 30, only with its clock. `test_database.py` kills a real database."""

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
    def test_no_run_is_declared_lost_in_the_first_thirty_seconds(self, silent: Run) -> None:
        watch, now = housekeeping.LeaseTrust(), timezone.now()

        for seconds in (0, 10, 20, 29):
            housekeeping.run_pass(now=now + timedelta(seconds=seconds), watch=watch)

        silent.refresh_from_db()
        assert silent.status == RunStatus.APPLYING
        housekeeping.run_pass(now=now + timedelta(seconds=31), watch=watch)
        silent.refresh_from_db()
        assert silent.status == RunStatus.NEEDS_ATTENTION


class TestInvariants:
    """The invariants detect violations."""

    def test_detect_a_lost_event_a_changed_event_and_a_double_create(
        self, place_order: PlaceOrder, tmp_path: Path
    ) -> None:
        run = brought_to(place_order(), RunStatus.APPLIED)
        (tmp_path / "made").write_text("web-1\nweb-1\n")
        assert invariants.violations() == []

        run.events.filter(seq=2).delete()

        assert len([words for words in invariants.violations() if words.startswith("I3")]) == 2
        assert list(invariants.made_once(tmp_path / "made", each=["web-1"])) == ["I2: web-1 was made 2 times"]

    def test_detect_a_line_of_terraform_that_is_not_stored(self, place_order: PlaceOrder) -> None:
        run = executed(place_order(command="echo hello"))
        assert invariants.violations() == []

        run.events.filter(message__endswith="(local-exec): hello").delete()

        assert any("not stored: 1 provision_progress" in words for words in invariants.violations())
