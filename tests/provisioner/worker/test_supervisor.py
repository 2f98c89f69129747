"""A runs worker as the container starts it: with it Terraform would end, so it stays until Terraform has."""

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings

from provisioner import shutdown
from provisioner.models import Run, RunEvent
from provisioner.run_status import RunStatus
from provisioner.terraform import running
from provisioner.worker import execution, preparation, supervisor
from tests.faults import workers
from tests.support import processes
from tests.support.engine import PlaceOrder, brought_to, carried, eventually

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("cloud")]


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    with processes.redis_server(tmp_path) as url:
        yield url


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    return tmp_path / "gate"


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "output"


@pytest.fixture
def gated(place_order: PlaceOrder, gate: Path) -> Iterator[Run]:
    """A run whose apply waits for the gate."""
    yield place_order(command=f"while [ ! -e {gate} ]; do sleep 0.05; done")
    gate.touch()
    eventually(lambda: not running.is_any_alive(settings.RUNS_DIR))


@contextmanager
def container(redis_url: str, output: Path, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    """The container's first process; what it and the worker say is in `output`."""
    with (
        output.open("wb") as file,
        processes.runs_worker(
            redis_url, "--in-container", RUN_SLOTS="1", says=file.fileno(), **more
        ) as process,
    ):
        yield process


def worker_below(first: subprocess.Popen[bytes]) -> int:
    """The worker that the container's first process has now."""
    (pid,) = eventually(lambda: workers.children(first.pid))
    return int(pid)


def until_it_says(output: Path, words: str) -> None:
    eventually(lambda: words in output.read_text())


def events_saying(run: Run, words: str) -> int:
    return RunEvent.objects.filter(run=run, message__contains=words).count()


class TestStopRequest:
    def test_leaves_an_apply_to_its_end_and_begins_no_other_run(
        self, gated: Run, gate: Path, place_order: PlaceOrder, redis_url: str, output: Path
    ) -> None:
        waiting = place_order(name="web-2", network="10.20.0.0/16")
        with container(redis_url, output) as first:
            workers.until_in_mid_apply(gated)
            first.terminate()
            until_it_says(output, "Warm shutdown")
            gate.touch()

            assert first.wait(timeout=30) == 0

        gated.refresh_from_db()
        assert (gated.status, gated.reason) == (RunStatus.APPLIED, "")
        assert events_saying(gated, "re-attached") == 0
        assert Run.objects.get(pk=waiting.pk).status == RunStatus.QUEUED

    def test_interrupts_what_does_not_end_within_the_grace_and_tells_how_it_ended(
        self, gated: Run, redis_url: str, output: Path
    ) -> None:
        with container(redis_url, output, STOP_GRACE_SECONDS="1") as first:
            workers.until_in_mid_apply(gated)
            first.terminate()

            assert first.wait(timeout=60) == 0

        gated.refresh_from_db()
        assert gated.status == RunStatus.CANCELLED
        assert "Stopped with the portal" in gated.reason
        assert "lock" not in gated.reason

    def test_is_not_the_end_where_terraform_cannot_be_asked_yet(
        self, gated: Run, redis_url: str, output: Path
    ) -> None:
        request = preparation.directory_of(gated) / "apply" / "cancel"
        with container(redis_url, output, STOP_GRACE_SECONDS="1") as first:
            workers.until_in_mid_apply(gated)
            # As on a full disk: nothing can be written under this name.
            request.symlink_to("/nowhere/cancel")
            first.terminate()
            until_it_says(output, "cannot ask Terraform to stop yet")
            assert running.is_any_alive(settings.RUNS_DIR)
            request.unlink()

            assert first.wait(timeout=60) == 0

        gated.refresh_from_db()
        assert gated.status == RunStatus.CANCELLED

    def test_goes_on_with_terraform_when_the_worker_itself_is_gone(
        self, gated: Run, gate: Path, redis_url: str, output: Path
    ) -> None:
        with container(redis_url, output) as first:
            workers.until_in_mid_apply(gated)
            first.terminate()
            until_it_says(output, "Warm shutdown")
            os.kill(worker_below(first), signal.SIGKILL)
            eventually(lambda: not workers.children(first.pid))

            assert first.poll() is None
            gate.touch()
            first.wait(timeout=30)

        assert not running.is_any_alive(settings.RUNS_DIR)
        assert carried(gated).status == RunStatus.APPLIED


class TestWorkerThatDies:
    def test_in_mid_apply_is_followed_by_another_one(
        self, gated: Run, gate: Path, redis_url: str, output: Path
    ) -> None:
        with container(redis_url, output) as first:
            workers.until_in_mid_apply(gated)
            os.kill(worker_below(first), signal.SIGKILL)
            eventually(lambda: events_saying(gated, "re-attached"))
            gate.touch()

            assert workers.ended(gated).status == RunStatus.APPLIED
            assert first.poll() is None

    def test_with_nothing_in_hand_ends_the_container_with_its_exit_code(
        self, redis_url: str, output: Path
    ) -> None:
        with container(redis_url, output) as first:
            os.kill(worker_below(first), signal.SIGKILL)

            assert first.wait(timeout=30) == 128 + signal.SIGKILL


class TestEnding:
    @pytest.fixture(autouse=True)
    def _ending(self) -> Iterator[None]:
        shutdown.announce_end()
        yield
        shutdown.forget()

    def test_plans_nothing(self, place_order: PlaceOrder) -> None:
        assert carried(place_order()).status == RunStatus.QUEUED

    def test_applies_no_plan_that_was_approved(self, place_order: PlaceOrder) -> None:
        approved = brought_to(place_order(), RunStatus.APPROVED)

        execution.advance(run_id=approved.pk)

        assert Run.objects.get(pk=approved.pk).status == RunStatus.APPROVED
        assert not preparation.directory_of(approved).exists()


def test_a_worker_whose_last_words_are_not_taken_leaves(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(supervisor, "LAST_EVENTS_SECONDS", 0.2)
    first = os.fork()
    if first == 0:
        # No assertion and no clean-up of pytest's in here.
        code = 1
        try:
            supervisor.supervise(runs_dir=tmp_path, grace_seconds=3600)
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            (tmp_path / "stands").touch()
            eventually(shutdown.is_near)
            code = 0
        except SystemExit as end:
            code = int(str(end.code))
        finally:
            os._exit(code)
    eventually((tmp_path / "stands").exists)

    os.kill(first, signal.SIGTERM)

    assert os.waitstatus_to_exitcode(os.waitpid(first, 0)[1]) == 0
