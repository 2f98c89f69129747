"""Real Celery workers with a real Redis: killed or stopped during an apply, and more workers than slots."""

import contextlib
import multiprocessing
import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.conf import settings

from provisioner.models import Run, RunEvent
from provisioner.run_status import FINAL, RunStatus
from provisioner.terraform import lock
from provisioner.worker import celery_signals as process_signals
from provisioner.worker import preparation
from tests.faults import workers
from tests.support import processes
from tests.support.engine import PlaceOrder, brought_to, eventually

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("cloud")]


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    with processes.redis_server(tmp_path) as url:
        yield url


def kill(worker: subprocess.Popen[bytes]) -> None:
    """SIGKILL the main process; its pool ends with it."""
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()


def stop(worker: subprocess.Popen[bytes]) -> None:
    worker.terminate()
    worker.wait(timeout=90)


@pytest.mark.parametrize("end", [kill, stop])
def test_a_run_whose_worker_ends_during_its_apply_is_applied_once_and_misses_no_event(
    end: object, place_order: PlaceOrder, redis_url: str, tmp_path: Path
) -> None:
    gate, made = tmp_path / "gate", tmp_path / "made"
    # Its message went to another broker: the worker finds the run in the database.
    run = place_order(command=f"echo made >> {made}; while [ ! -e {gate} ]; do sleep 0.05; done; echo done")
    with processes.runs_worker(redis_url) as first:
        eventually(lambda: RunEvent.objects.filter(run=run, type="provision_start").exists())
        end(first)  # type: ignore[operator]
        # A stopped worker releases the run itself, so nothing waits for its lease to expire.
        assert Run.objects.filter(pk=run.pk, lease_expires_at=None).exists() == (end is stop)
    with processes.runs_worker(redis_url):
        eventually(lambda: RunEvent.objects.filter(run=run, message__contains="re-attached").exists())
        gate.touch()
        eventually(lambda: Run.objects.get(pk=run.pk).is_final)

    run.refresh_from_db()
    assert (run.status, run.reason) == (RunStatus.APPLIED, "")
    assert made.read_text() == "made\n"
    reported = RunEvent.objects.filter(run=run)
    assert list(reported.values_list("seq", flat=True)) == list(range(1, run.last_seq + 1))
    assert reported.filter(type="step_start", data__step="apply").count() == 1
    assert reported.filter(type="provision_progress", message__endswith=": done").count() == 1


def test_with_two_slots_at_most_two_of_five_runs_execute(
    place_order: PlaceOrder, redis_url: str, tmp_path: Path
) -> None:
    output = tmp_path / "output"
    speak = f"echo + >> {output}; sleep 0.5; echo - >> {output}"
    runs = [
        place_order(name=f"web-{number}", network=f"10.{number}.0.0/16", command=speak) for number in range(5)
    ]
    at_work: list[int] = []

    def all_are_final() -> bool:
        at_work.append(runs_with_processes())
        return Run.objects.filter(status__in=FINAL).count() == len(runs)

    # The old worker and the new one, as during a deploy: four processes for the two slots of the host.
    with contextlib.ExitStack() as both:
        for _ in range(2):
            both.enter_context(workers.celery("runs", redis_url, RUN_SLOTS="2"))
        eventually(all_are_final, limit_seconds=120)

    assert set(Run.objects.values_list("status", flat=True)) == {RunStatus.APPLIED}
    assert max(at_work) == 2
    assert maximum_at_once(output.read_text()) == 2


def test_a_runs_worker_removes_old_workspaces_without_a_control_worker(
    place_order: PlaceOrder, redis_url: str
) -> None:
    over = brought_to(place_order(), RunStatus.DISCARDED)
    (preparation.directory_of(over) / "module").mkdir(parents=True)

    with processes.runs_worker(redis_url):
        eventually(lambda: not preparation.directory_of(over).exists())


def runs_with_processes() -> int:
    """How many runs have processes, according to the kernel's locks on their workspaces."""
    return sum(lock.is_held(directory) for directory in Path(settings.RUNS_DIR).glob("*"))


def maximum_at_once(output: str) -> int:
    now = most = 0
    for word in output.split():
        now += 1 if word == "+" else -1
        most = max(most, now)
    return most


@pytest.mark.parametrize(("parent", "exit_code"), [(os.getpid, 0), (lambda: os.getpid() + 1, 1)])
def test_a_process_of_the_pool_ends_with_its_worker(
    parent: Callable[[], int], exit_code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A process that starts while its worker dies sees another parent.
    monkeypatch.setattr(process_signals, "_worker_pid", parent())
    born = multiprocessing.get_context("fork").Process(target=process_signals.demand_parent)

    born.start()
    born.join()

    assert born.exitcode == exit_code
