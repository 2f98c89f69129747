"""A runs worker in a container: Terraform would end with it, so it waits for Terraform."""

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
from tests.support.engine import PlaceOrder, brought_to, eventually, executed

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
    """The first process of the container; its output and the worker's are in `output`."""
    with (
        output.open("wb") as file,
        processes.runs_worker(
            redis_url, "--in-container", RUN_SLOTS="1", says=file.fileno(), **more
        ) as process,
    ):
        yield process


def worker_of(first: subprocess.Popen[bytes]) -> int:
    """The current worker of the container's first process."""
    (pid,) = eventually(lambda: workers.children(first.pid))
    return int(pid)


def wait_for_output(output: Path, words: str) -> None:
    eventually(lambda: words in output.read_text())


def events_with(run: Run, words: str) -> int:
    return RunEvent.objects.filter(run=run, message__contains=words).count()


class TestStopRequest:
    def test_lets_an_apply_finish_and_starts_no_other_run(
        self, gated: Run, gate: Path, place_order: PlaceOrder, redis_url: str, output: Path
    ) -> None:
        waiting = place_order(name="web-2", network="10.20.0.0/16")
        with container(redis_url, output) as first:
            workers.until_in_mid_apply(gated)
            first.terminate()
            wait_for_output(output, "Warm shutdown")
            gate.touch()

            assert first.wait(timeout=30) == 0

        gated.refresh_from_db()
        assert (gated.status, gated.reason) == (RunStatus.APPLIED, "")
        assert events_with(gated, "re-attached") == 0
        assert Run.objects.get(pk=waiting.pk).status == RunStatus.QUEUED

    def test_interrupts_a_run_after_the_grace_period_and_stores_its_end(
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

    def test_waits_if_terraform_cannot_be_interrupted_yet(
        self, gated: Run, redis_url: str, output: Path
    ) -> None:
        request = preparation.directory_of(gated) / "apply" / "cancel"
        with container(redis_url, output, STOP_GRACE_SECONDS="1") as first:
            workers.until_in_mid_apply(gated)
            # As on a full disk: no file with this name can be written.
            request.symlink_to("/nowhere/cancel")
            first.terminate()
            wait_for_output(output, "cannot ask Terraform to stop yet")
            assert running.is_any_alive(settings.RUNS_DIR)
            request.unlink()

            assert first.wait(timeout=60) == 0

        gated.refresh_from_db()
        assert gated.status == RunStatus.CANCELLED

    def test_waits_for_terraform_even_if_the_worker_is_dead(
        self, gated: Run, gate: Path, redis_url: str, output: Path
    ) -> None:
        with container(redis_url, output) as first:
            workers.until_in_mid_apply(gated)
            first.terminate()
            wait_for_output(output, "Warm shutdown")
            os.kill(worker_of(first), signal.SIGKILL)
            eventually(lambda: not workers.children(first.pid))

            assert first.poll() is None
            gate.touch()
            first.wait(timeout=30)

        assert not running.is_any_alive(settings.RUNS_DIR)
        assert executed(gated).status == RunStatus.APPLIED


class TestDeadWorker:
    def test_during_an_apply_is_replaced(self, gated: Run, gate: Path, redis_url: str, output: Path) -> None:
        with container(redis_url, output) as first:
            workers.until_in_mid_apply(gated)
            os.kill(worker_of(first), signal.SIGKILL)
            eventually(lambda: events_with(gated, "re-attached"))
            gate.touch()

            assert workers.ended(gated).status == RunStatus.APPLIED
            assert first.poll() is None

    def test_without_a_run_ends_the_container_with_its_exit_code(self, redis_url: str, output: Path) -> None:
        with container(redis_url, output) as first:
            os.kill(worker_of(first), signal.SIGKILL)

            assert first.wait(timeout=30) == 128 + signal.SIGKILL


class TestStoppingWorker:
    @pytest.fixture(autouse=True)
    def _ending(self) -> Iterator[None]:
        shutdown.announce_end()
        yield
        shutdown.forget()

    def test_starts_no_plan(self, place_order: PlaceOrder) -> None:
        assert executed(place_order()).status == RunStatus.QUEUED

    def test_starts_no_apply(self, place_order: PlaceOrder) -> None:
        approved = brought_to(place_order(), RunStatus.APPROVED)

        execution.advance(run_id=approved.pk)

        assert Run.objects.get(pk=approved.pk).status == RunStatus.APPROVED
        assert not preparation.directory_of(approved).exists()


def test_a_worker_ends_even_if_nobody_reads_its_output(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(supervisor, "LAST_EVENTS_SECONDS", 0.2)
    first = os.fork()
    if first == 0:
        # This is a fork: no assertions, and no clean-up of pytest.
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
