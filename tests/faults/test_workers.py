"""Faults of workers: killed, stopped, the same message many times; with real Celery and real Redis."""

import os
import resource
import signal
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis as redis_client
from django.utils import timezone

from provisioner import celery_app
from provisioner.models import Run, RunEvent
from provisioner.run_status import RunStatus
from provisioner.scheduling import dispatch, hosts
from provisioner.terraform import lock, phase
from provisioner.worker import preparation
from tests.faults import invariants, workers
from tests.support import processes
from tests.support.engine import PlaceOrder, eventually, executed

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("invariants_hold")]


@pytest.mark.fault(1)
def test_the_next_worker_takes_over_from_a_killed_one(
    gated: Run, gate: Path, made: Path, redis_url: str
) -> None:
    with workers.celery("runs", redis_url) as first:
        workers.until_in_mid_apply(gated)
        first.kill()
        first.wait()
    with workers.celery("runs", redis_url):
        eventually(lambda: RunEvent.objects.filter(run=gated, message__contains="re-attached").exists())
        gate.touch()
        run = workers.ended(gated)

    assert (run.status, run.reason) == (RunStatus.APPLIED, "")
    assert list(invariants.made_once(made, each=["web-1"])) == []


@pytest.mark.fault(2)
def test_another_process_takes_over_from_a_killed_one_of_the_pool(
    gated: Run, gate: Path, made: Path, redis_url: str
) -> None:
    with (
        workers.celery("control", redis_url, LEASE_SECONDS="10"),
        workers.celery("runs", redis_url, LEASE_SECONDS="10"),
    ):
        workers.until_in_mid_apply(gated)
        gated.refresh_from_db()
        os.kill(int(gated.lease_owner.split(":")[3]), signal.SIGKILL)
        again = RunEvent.objects.filter(run=gated, message__contains="re-attached")
        eventually(again.exists)
        gate.touch()
        run = workers.ended(gated)

    assert (run.status, run.reason) == (RunStatus.APPLIED, "")
    assert list(invariants.made_once(made, each=["web-1"])) == []


@pytest.mark.fault(7)
def test_a_run_needs_attention_after_a_reboot_of_its_host(gated: Run, gate: Path, made: Path) -> None:
    with processes.executing(gated) as worker:
        workers.until_in_mid_apply(gated)
        worker.kill()
        _kill_tree(gated)
    gated.refresh_from_db()
    of_before = gated.lease_owner.replace(hosts.boot_id(), "00000000-0000-4000-8000-000000000000")
    Run.objects.filter(pk=gated.pk).update(lease_owner=of_before)

    run = executed(gated)

    assert run.status == RunStatus.NEEDS_ATTENTION
    assert "still locked by" in run.reason
    assert list(invariants.made_once(made, each=["web-1"])) == []


@pytest.mark.fault(8)
def test_no_line_is_lost_when_the_worker_runs_out_of_memory(place_order: PlaceOrder, gate: Path) -> None:
    line = "head -c 900000 /dev/zero | tr '\\0' x; echo"
    run = place_order(command=f"while [ ! -e {gate} ]; do sleep 0.05; done; {line}; {line}; echo done")
    with processes.executing(run) as worker:
        workers.until_in_mid_apply(run)
        resource.prlimit(worker.pid, resource.RLIMIT_AS, (1 << 20, 1 << 20))
        gate.touch()
        eventually(lambda: phase.observe(preparation.directory_of(run), phase="apply").exit)
        # Let the lease expire: the worker has died, or waits for memory forever.
        past = timezone.now() - timedelta(seconds=1)
        Run.objects.filter(pk=run.pk, sealed_at=None).update(lease_expires_at=past)
        run = executed(run)

    assert run.status == RunStatus.APPLIED
    assert RunEvent.objects.filter(run=run, message__endswith=": done").count() == 1


@pytest.mark.fault(12)
@pytest.mark.fault(13)
def test_a_message_delivered_fifty_times_or_after_the_end_starts_one_run(
    place_order: PlaceOrder, made: Path, redis_url: str
) -> None:
    run = place_order(command=f"echo web-1 >> {made}")
    celery_app.app.conf["broker_url"] = f"{redis_url}/0"
    with celery_app.app.connection_for_write(f"{redis_url}/0") as connection:
        send_again(run, connection, times=50)
        with workers.celery("runs", redis_url):
            workers.ended(run)
            before = invariants.final_rows()
            send_again(run, connection, times=10)
            with redis_client.Redis.from_url(f"{redis_url}/0") as redis:
                eventually(lambda: not redis.llen("runs"))
            last = place_order(name="web-2", network="10.20.0.0/16")
            send_again(last, connection, times=1)
            workers.ended(last)

    run.refresh_from_db()
    assert run.status == RunStatus.APPLIED
    assert list(invariants.unchanged_since(before)) == []
    assert RunEvent.objects.filter(run=run, type="step_start", data__step="apply").count() == 1
    assert list(invariants.made_once(made, each=["web-1"])) == []


def send_again(run: Run, connection: Any, *, times: int) -> None:
    for _ in range(times):
        celery_app.app.send_task(dispatch.TASK, args=[str(run.pk)], queue="runs", connection=connection)


@pytest.mark.fault(50)
def test_without_beat_the_control_worker_finds_a_run_whose_message_was_lost(
    place_order: PlaceOrder, redis_url: str
) -> None:
    run = place_order()
    with workers.celery("runs", redis_url):
        assert workers.ended(run).status == RunStatus.APPLIED
        # A worker that has finished a run dispatches the next one itself.
        eventually(lambda: workers.is_idle(redis_url))
        lost = place_order(name="web-2", network="10.20.0.0/16")
        Run.objects.filter(pk=lost.pk).update(dispatched_at=None)
        with workers.celery("control", redis_url), workers.celery("control", redis_url):
            assert workers.ended(lost).status == RunStatus.APPLIED

    for each in (run, lost):
        assert RunEvent.objects.filter(run=each, type="step_start", data__step="apply").count() == 1


@pytest.mark.fault(50)
@pytest.mark.slow_fault
def test_two_beats_start_nothing_twice(
    place_order: PlaceOrder, made: Path, tmp_path: Path, redis_url: str
) -> None:
    with (
        workers.celery("runs", redis_url),
        workers.celery("control", redis_url),
        workers.beat(redis_url, tmp_path / "first"),
        workers.beat(redis_url, tmp_path / "second"),
    ):
        runs = [
            place_order(name=f"web-{n}", network=f"10.{n}.0.0/16", command=f"echo web-{n} >> {made}")
            for n in (1, 2, 3)
        ]
        Run.objects.filter(status=RunStatus.QUEUED).update(dispatched_at=None)
        ended = [workers.ended(run, limit_seconds=90) for run in runs]

    assert [run.status for run in ended] == [RunStatus.APPLIED] * 3
    assert list(invariants.made_once(made, each=["web-1", "web-2", "web-3"])) == []


def _kill_tree(run: Run) -> None:
    directory = preparation.directory_of(run)
    shepherd = phase.observe(directory, phase="apply").pid
    assert shepherd
    os.kill(shepherd, signal.SIGKILL)
    while held := lock.holder_pids(directory):
        for pid in held:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
