"""Faults of people and their browsers: two at once, reloads, cut sockets, a trail that cannot be written."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import Error, connection
from django.test import Client
from django.utils import timezone
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from portal.live import hub, streaming
from provisioner import doorbell, guards, operations, trail
from provisioner.models import Environment, Run
from provisioner.run_status import RunStatus
from tests.engine import processes
from tests.engine.conftest import PlaceOrder, brought_to, change, eventually, finished
from tests.engine.test_carried_through import in_background
from tests.engine.test_races import at_once, kinds
from tests.faults import invariants, workers
from tests.live.viewer import Viewer, session_of
from tests.portal import stage
from tests.portal.processes import free_port

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("invariants_hold")]


def _apart(act: Callable[[], Any]) -> Any:
    """The act in a thread that leaves no connection: one would keep PostgreSQL from dropping the database."""

    def do() -> Any:
        try:
            return act()
        finally:
            connection.close()

    return sync_to_async(do)()


async def say(run: Run, *messages: str) -> None:
    await _apart(lambda: stage.say(run, *messages))


async def move(run: Run, to: RunStatus) -> None:
    await _apart(lambda: stage.move(run, to))


@pytest.mark.fault(14)
@pytest.mark.slow_fault
def test_two_people_who_click_at_once_a_hundred_times_get_one_run_each_time(
    place_order: PlaceOrder, alice: Any, bob: Any
) -> None:
    created = finished(place_order())
    for _ in range(100):
        results = at_once(lambda: change(created, alice), lambda: change(created, bob))

        assert kinds(results) == ["ActiveRun", "Run"]
        won = next(result for result in results if isinstance(result, Run))
        operations.cancel(run_id=won.pk, by=won.requested_by, now=timezone.now())


@pytest.mark.fault(17)
def test_a_cancel_in_the_last_moment_ends_in_one_explained_state(gated: Run, gate: Path, alice: Any) -> None:
    with in_background(gated):
        workers.until_in_mid_apply(gated)
        gate.touch()
        operations.cancel(run_id=gated.pk, by=alice, now=timezone.now())

    gated.refresh_from_db()
    assert gated.status in (RunStatus.APPLIED, RunStatus.CANCELLED)
    assert gated.events.filter(type="status", data__to__in=["applied", "cancelled"]).count() == 1


@pytest.mark.fault(34)
async def test_twenty_reloads_and_twenty_cuts_in_mid_run_give_the_whole_story(
    place_order: PlaceOrder, alice: Any
) -> None:
    run = await _apart(lambda: brought_to(place_order(), RunStatus.APPLYING))
    cut: list[dict[str, Any]] = []
    for number in range(20):
        await say(run, *(f"line {number}.{part}" for part in range(30)))
        known = await _apart(lambda: Run.objects.get(pk=run.pk).last_seq)
        async with Viewer(run.pk, alice) as reloaded:
            assert len(await reloaded.events(up_to=known)) == known
        async with Viewer(run.pk, alice, query=f"?after={len(cut)}") as resumed:
            cut += await resumed.events(up_to=known)
    await move(run, RunStatus.APPLIED)
    async with Viewer(run.pk, alice, query=f"?after={len(cut)}") as resumed:
        cut += await resumed.events(up_to=len(cut) + 1)

    assert await _apart(lambda: list(invariants.is_the_story(cut, run=run))) == []


class TestPoll:
    """Fault 23's guard taken away: a viewer that trusts the doorbell alone."""

    async def test_switched_off_leaves_a_viewer_without_its_event(
        self, place_order: PlaceOrder, alice: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        run = await _apart(lambda: brought_to(place_order(), RunStatus.APPLYING))
        known = await _apart(lambda: Run.objects.get(pk=run.pk).last_seq)
        monkeypatch.setattr(hub, "MOVING_POLL_SECONDS", 3600.0)
        monkeypatch.setattr(hub, "RESTING_POLL_SECONDS", 3600.0)
        monkeypatch.setattr(streaming, "BEAT_SECONDS", 3600.0)
        monkeypatch.setattr(doorbell, "ring", lambda **run_and_seq: None)
        async with Viewer(run.pk, alice) as viewer:
            await viewer.events(up_to=known)
            # The listener's own first look.
            await asyncio.sleep(0.5)
            await say(run, "unheard")
            assert await viewer.is_silent(for_seconds=3)


@pytest.mark.fault(37)
async def test_a_killed_web_process_costs_a_viewer_nothing(
    place_order: PlaceOrder, alice: Any, var_dir: Path
) -> None:
    run = await _apart(lambda: brought_to(place_order(), RunStatus.APPLYING))
    cookie = await _apart(lambda: session_of(alice))
    got: list[dict[str, Any]] = []
    with _web(var_dir) as first:
        await _read_on(first, run, cookie, got)
    await say(run, "while nobody served")
    await move(run, RunStatus.APPLIED)
    with _web(var_dir) as second:
        await _read_on(second, run, cookie, got)

    assert await _apart(lambda: list(invariants.is_the_story(got, run=run))) == []


@contextmanager
def _web(var_dir: Path) -> Iterator[int]:
    """The port of a web process that is killed at the end."""
    port = free_port()
    (var_dir / "staticfiles").mkdir(exist_ok=True)
    command = [sys.executable, "-m", "uvicorn", "portal.asgi:application", "--log-level", "critical"]
    given = processes.environment(PORTAL_URL=f"http://127.0.0.1:{port}")
    with subprocess.Popen([*command, "--port", str(port)], env=given, cwd=processes.ROOT) as web:
        try:
            eventually(lambda: _listens(port), limit_seconds=60)
            yield port
        finally:
            os.kill(web.pid, signal.SIGKILL)


def _listens(port: int) -> bool:
    return f":{port:04X} 00000000:0000 0A" in Path("/proc/net/tcp").read_text()


async def _read_on(port: int, run: Run, cookie: str, got: list[dict[str, Any]]) -> None:
    known = await _apart(lambda: Run.objects.get(pk=run.pk).last_seq)
    address = f"ws://127.0.0.1:{port}/ws/runs/{run.pk}/?after={len(got)}"
    origin: Any = f"http://127.0.0.1:{port}"
    async with connect(address, origin=origin, additional_headers={"Cookie": cookie}) as socket:
        try:
            while len(got) < known:
                frame = json.loads(await asyncio.wait_for(socket.recv(), timeout=20))
                got += frame.get("events", [])
        except ConnectionClosed:
            return


class TestTrail:
    @pytest.fixture
    def unwritable(self, transactional_db: None) -> Iterator[None]:
        """Nothing can be written to the trail."""
        words = "no room for the trail"
        guard = guards.Guard("no_trail", "provisioner_trailentry", "INSERT", "", words)
        with connection.cursor() as cursor:
            for statement in guards._create(guard, vendor=connection.vendor):
                cursor.execute(statement)
        yield
        on = " ON provisioner_trailentry" if connection.vendor == "postgresql" else ""
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TRIGGER guard_no_trail{on}")

    @pytest.mark.fault(53)
    @pytest.mark.usefixtures("unwritable")
    def test_that_cannot_be_written_refuses_the_act(self, place_order: PlaceOrder) -> None:
        # A trigger's refusal looks like a name's that is taken; either way nothing is done.
        with pytest.raises((Error, operations.Refused)):
            place_order()

        assert (Environment.objects.count(), Run.objects.count()) == (0, 0)
        assert trail.verify().is_whole


@pytest.mark.fault(56)
def test_a_foreign_runs_id_opens_nothing(place_order: PlaceOrder, mallory: Any) -> None:
    run = brought_to(place_order(), RunStatus.APPLIED)
    stranger = Client()
    stranger.force_login(mallory)

    assert list(invariants.hidden_from(stranger, run=run)) == []


@pytest.mark.fault(60)
def test_a_secret_stands_in_no_table(place_order: PlaceOrder) -> None:
    place_order(secret="canary-of-the-faults")

    assert list(invariants.shows_nowhere("canary-of-the-faults")) == []
