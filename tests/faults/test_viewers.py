"""Faults of viewers: idle, reloading, disconnected, not reading, two hundred at once."""

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import pytest

from portal.live import hub
from provisioner.models import Run
from provisioner.run_status import RunStatus
from provisioner.runs.events import SentEvent
from tests.faults import invariants, web
from tests.faults.web import in_a_thread, move, say
from tests.portal.live.viewer import Viewer, session_of
from tests.support import processes
from tests.support.engine import PlaceOrder, brought_to

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("invariants_hold")]
NOTICED_SECONDS = hub.ACTIVE_POLL_SECONDS + 2  # the poll interval, and some time for a slow machine


@pytest.fixture
def applying(place_order: PlaceOrder) -> Run:
    return brought_to(place_order(), RunStatus.APPLYING)


@pytest.fixture
def cookie(alice: Any) -> str:
    return session_of(alice)


async def differences_from(run: Run, got: list[SentEvent]) -> list[str]:
    """How the events that a viewer has differ from the stored ones."""
    found: list[str] = await in_a_thread(lambda: list(invariants.equals_the_event_log(got, run=run)))
    return found


@pytest.mark.fault(27)
@pytest.mark.slow_fault
async def test_an_idle_socket_stays_open(applying: Run, cookie: str, redis_url: str) -> None:
    got: list[SentEvent] = []
    with web.serving(redis_url=redis_url) as portal:
        async with web.watching(portal, applying, cookie) as socket:
            await web.read_events(socket, got, up_to=await say(applying, "hello"))
            quiet_until = time.monotonic() + 20
            while (left := quiet_until - time.monotonic()) > 0:
                try:
                    frame = json.loads(await asyncio.wait_for(socket.recv(), timeout=left))
                except TimeoutError:
                    break
                assert frame["events"] == []
            await web.read_events(socket, got, up_to=await say(applying, "after the silence"))

    assert got[-1]["message"] == "after the silence"


async def kill_redis_under_a_viewer(run: Run, cookie: str, folder: Path, *, application: str) -> list[str]:
    """Fault 23: Redis is killed while a browser watches. Returns the events that came late or never.

    Protection: the poll, which `tests.faults.without_poll` removes.
    """
    got: list[SentEvent] = []
    wrong = []
    server = processes.redis_server(folder)
    with web.serving(redis_url=server.__enter__(), application=application) as portal:
        async with web.watching(portal, run, cookie) as socket:
            await web.read_events(socket, got, up_to=await say(run, "by the notification"))
            server.__exit__(None, None, None)
            for number in range(3):
                last = await say(run, f"without Redis {number}")
                try:
                    await asyncio.wait_for(web.read_events(socket, got, up_to=last), timeout=NOTICED_SECONDS)
                except TimeoutError:
                    wrong.append(f"I4: event {last} did not come within {NOTICED_SECONDS:g} s")
    return wrong + await differences_from(run, got)


class TestPoll:
    @pytest.mark.fault(23)
    async def test_delivers_events_without_redis(self, applying: Run, cookie: str, tmp_path: Path) -> None:
        assert await kill_redis_under_a_viewer(applying, cookie, tmp_path, application=web.APPLICATION) == []

    @pytest.mark.mutation(23)
    async def test_without_it_events_do_not_arrive(self, applying: Run, cookie: str, tmp_path: Path) -> None:
        without = "tests.faults.without_poll:application"
        found = await kill_redis_under_a_viewer(applying, cookie, tmp_path, application=without)

        assert any("did not come within" in words for words in found)


@pytest.mark.fault(34)
async def test_twenty_reloads_and_twenty_cut_connections_give_all_events(applying: Run, alice: Any) -> None:
    cut: list[SentEvent] = []
    for number in range(20):
        known = await say(applying, *(f"line {number}.{part}" for part in range(30)))
        async with Viewer(applying.pk, alice) as reloaded:
            assert len(await reloaded.events(up_to=known)) == known
        async with Viewer(applying.pk, alice, query=f"?after={len(cut)}") as resumed:
            cut += await resumed.events(up_to=known)
    last = await move(applying, RunStatus.APPLIED)
    async with Viewer(applying.pk, alice, query=f"?after={len(cut)}") as resumed:
        cut += await resumed.events(up_to=last)

    assert await differences_from(applying, cut) == []


@pytest.mark.fault(35)
async def test_a_viewer_that_never_reads_is_disconnected_and_delays_no_other(
    applying: Run, cookie: str
) -> None:
    last = await say(applying, *(f"{number} {'x' * 300}" for number in range(20_000)))
    plain = ("--ws-per-message-deflate", "false")
    with web.serving(application="tests.faults.short_send_limit:application", options=plain) as portal:

        async def read_all(got: list[SentEvent]) -> None:
            async with web.watching(portal, applying, cookie) as socket:
                await web.read_events(socket, got, up_to=last)

        got: list[SentEvent] = []
        # A watched run has a page cache, which must not count as memory of the viewer that does not read.
        async with web.watching(portal, applying, cookie) as steady:
            await web.read_events(steady, [], up_to=last)
            await asyncio.gather(read_all([]), read_all([]))
            before = portal.resident_megabytes()
            with await asyncio.to_thread(web.connect_without_reading, portal, applying, cookie) as peer:
                await read_all(got)
                cost = portal.resident_megabytes() - before
                async with asyncio.timeout(20):
                    while portal.is_open_to(peer.getsockname()[1]):
                        await asyncio.sleep(0.1)

    assert len(json.dumps(got)) > 8_000_000
    assert await differences_from(applying, got) == []
    assert cost < 10, "megabytes"


@pytest.mark.fault(36)
@pytest.mark.slow_fault
async def test_two_hundred_viewers_that_reconnect_at_once_get_all_events(
    applying: Run, cookie: str, record_property: Any
) -> None:
    cursor = await say(applying, *(f"before {number}" for number in range(200)))
    with web.serving(SOCKETS_PER_PERSON="500") as portal:
        steady: list[SentEvent] = []
        async with web.watching(portal, applying, cookie) as socket:
            await web.read_events(socket, steady, up_to=cursor)
            last = await say(applying, *(f"missed {number}" for number in range(600)))

            async def come_back() -> float:
                got: list[SentEvent] = []
                started = time.monotonic()
                async with web.watching(portal, applying, cookie, after=cursor) as own:
                    await web.read_events(own, got, up_to=last)
                    seconds = time.monotonic() - started
                assert [event["seq"] for event in got] == list(range(cursor + 1, last + 1))
                return seconds

            seconds = sorted(await asyncio.gather(*(come_back() for _ in range(200))))
            await web.read_events(socket, steady, up_to=await say(applying, "afterwards"))

    record_property("p95 of catching up, s", round(seconds[189], 2))
    assert await differences_from(applying, steady) == []


@pytest.mark.fault(37)
async def test_a_viewer_gets_all_events_after_the_web_process_was_killed(applying: Run, cookie: str) -> None:
    got: list[SentEvent] = []
    for words in ("before", "while nobody served"):
        last = await say(applying, words)
        with web.serving() as portal:
            async with web.watching(portal, applying, cookie, after=len(got)) as socket:
                await web.read_events(socket, got, up_to=last)

    assert await differences_from(applying, got) == []
