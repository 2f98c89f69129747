"""Faults of Redis: it carries only wake-ups, so nothing is lost."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis as redis_client
from django.utils import timezone

from portal.accounts import tokens
from portal.management.commands.worker import LISTENING_SECONDS
from provisioner.models import Run, WorkerHost
from provisioner.run_status import RunStatus
from tests.faults import workers
from tests.faults.proxy import Fault, Proxy
from tests.support import portal_processes as portal_processes
from tests.support import processes
from tests.support.engine import PlaceOrder, brought_to, eventually

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("invariants_hold")]


@pytest.fixture
def redis_proxy(redis_url: str) -> Iterator[Proxy]:
    with Proxy(("127.0.0.1", int(redis_url.rpartition(":")[2]))) as proxy:
        yield proxy


@pytest.mark.fault(22)
def test_killed_and_empty_afterwards_only_delays_queued_runs(place_order: PlaceOrder, tmp_path: Path) -> None:
    with Proxy(("127.0.0.1", 9)) as proxy:
        url = f"redis://127.0.0.1:{proxy.port}"
        with processes.redis_server(tmp_path) as first:
            proxy.target = ("127.0.0.1", int(first.rpartition(":")[2]))
            runs = [place_order(name=f"web-{n}", network=f"10.{n}.0.0/16") for n in (1, 2, 3)]
            with workers.celery("runs", url, RUN_SLOTS="1") as worker:
                is_planning = Run.objects.filter(status=RunStatus.PLANNING).exists
                eventually(is_planning)
                proxy.fail(Fault(mode="refuse"))
                with processes.redis_server(tmp_path) as empty:
                    proxy.target = ("127.0.0.1", int(empty.rpartition(":")[2]))
                    proxy.heal()
                    with workers.celery("control", url):
                        ended = [workers.ended(run, limit_seconds=90) for run in runs]
                assert worker.poll() is None

    assert [run.status for run in ended] == [RunStatus.APPLIED] * 3


@pytest.mark.fault(24)
@pytest.mark.parametrize("mode", ["refuse", "black-hole"])
def test_that_never_answers_does_not_delay_an_approval(
    place_order: PlaceOrder, oscar: Any, redis_proxy: Proxy, var_dir: Path, mode: Any
) -> None:
    run = brought_to(place_order(size="guarded"), RunStatus.PLANNED)
    token = tokens.create(user=oscar, name="", now=timezone.now())
    with portal_processes.web(var_dir, redis_url=f"redis://127.0.0.1:{redis_proxy.port}") as url:
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.Client(base_url=url, headers=headers, timeout=90) as browser:
            redis_proxy.fail(Fault(mode=mode))
            started = time.monotonic()
            answer = browser.post(f"/api/v1/runs/{run.pk}/approve/")
            seconds = time.monotonic() - started

    assert answer.json()["status"] == RunStatus.APPROVED
    # Well under 2 s on an idle machine. A worker's timeout for a single try would be 30 s.
    assert seconds < LISTENING_SECONDS


@pytest.mark.fault(25)
@pytest.mark.fault(26)
def test_flushed_and_disconnected_repeatedly_only_delays_runs(
    gated: Run, place_order: PlaceOrder, gate: Path, redis_url: str
) -> None:
    with (
        workers.celery("runs", redis_url) as worker,
        redis_client.Redis.from_url(redis_url) as redis,
    ):
        workers.until_in_mid_apply(gated)
        for _ in range(20):
            redis.flushall()
            redis.client_kill_filter(_type="normal", skipme=True)
            time.sleep(0.1)
        gate.touch()
        later = place_order(name="web-2", network="10.20.0.0/16")
        with workers.celery("control", redis_url):
            ended = [workers.ended(run, limit_seconds=90) for run in (gated, later)]
        assert worker.poll() is None

    assert [run.status for run in ended] == [RunStatus.APPLIED] * 2
    assert WorkerHost.objects.get().trouble == ""
