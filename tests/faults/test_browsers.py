"""Faults of a real browser: Chromium, offline during fifty thousand lines, reloaded twenty times."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Page, Response, WebSocket, async_playwright

from provisioner.models import Run
from provisioner.run_status import RunStatus
from provisioner.runs.events import SentEvent
from tests.faults import invariants, web
from tests.faults.proxy import Fault, Proxy
from tests.faults.web import in_a_thread, move, say
from tests.portal.live.viewer import session_of
from tests.support import browser
from tests.support.engine import PlaceOrder, brought_to

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("invariants_hold")]
LINES = 50_000
LIVE = '[data-connection][data-name="live"]'
COMPLETE = '[data-connection][data-name="complete"]'


class Seen:
    """A page, and every event that reached it since it was last loaded, over the socket and by polling."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.events: list[SentEvent] = []
        page.on("websocket", self._listen)
        page.on("response", self._read)

    async def open(self, portal: web.Web, run: Run) -> None:
        self.events = []
        await self.page.goto(f"{portal.url}/runs/{run.pk}/")
        await self.page.wait_for_selector(LIVE)

    async def reload(self) -> None:
        self.events = []
        await self.page.reload()
        await self.page.wait_for_selector(LIVE)

    async def proof(self, *, within_seconds: float = 90) -> str:
        """The page's text about its connection once it is complete."""
        chip = self.page.locator(COMPLETE)
        await chip.wait_for(timeout=within_seconds * 1000)
        return (await chip.inner_text()).strip()

    def _listen(self, socket: WebSocket) -> None:
        # The list of this page: an older page still adds to its own list.
        events = self.events
        socket.on("framereceived", lambda frame: events.extend(json.loads(frame).get("events", [])))

    async def _read(self, response: Response) -> None:
        if "/events/" in response.url and response.ok:
            self.events.extend((await response.json())["events"])


@asynccontextmanager
async def chromium(portal: web.Web, cookie: str) -> AsyncIterator[Seen]:
    """A browser of a person who is signed in."""
    name, _, value = cookie.partition("=")
    async with async_playwright() as playwright:
        found = await playwright.chromium.launch(executable_path=browser.program(), args=browser.ARGUMENTS)
        context = await found.new_context()
        await context.add_cookies([{"name": name, "value": value, "url": portal.url}])
        yield Seen(await context.new_page())
        await found.close()


@pytest.fixture
def applying(place_order: PlaceOrder) -> Run:
    return brought_to(place_order(), RunStatus.APPLYING)


@pytest.fixture
def cookie(alice: Any) -> str:
    return session_of(alice)


@pytest.mark.fault(33)
@pytest.mark.slow_fault
async def test_a_browser_that_was_offline_gets_each_of_fifty_thousand_lines_once(
    applying: Run, cookie: str
) -> None:
    with Proxy(("127.0.0.1", 9)) as network:
        address = f"http://127.0.0.1:{network.port}"
        with web.serving(url=address, options=("--ws-per-message-deflate", "false")) as portal:
            network.target = ("127.0.0.1", portal.port)
            async with chromium(portal, cookie) as seen:
                await seen.open(portal, applying)
                # set_offline stops new connections only; the proxy cuts the open ones.
                await seen.page.context.set_offline(True)
                network.fail(Fault(mode="refuse"))
                before = len(seen.events)
                await say(applying, *(f"line {number}" for number in range(LINES)))
                assert len(seen.events) == before
                network.heal()
                await seen.page.context.set_offline(False)
                await seen.page.wait_for_selector(LIVE, timeout=90_000)
                last = await move(applying, RunStatus.APPLIED)
                proof = await seen.proof()

    assert proof == f"Complete, {last:,} of {last:,}, verified"
    assert [event["seq"] for event in seen.events] == list(range(1, last + 1))
    assert await in_a_thread(lambda: list(invariants.equals_the_event_log(seen.events, run=applying))) == []


@pytest.mark.fault(34)
@pytest.mark.slow_fault
async def test_twenty_reloads_of_a_browser_each_show_all_events(applying: Run, cookie: str) -> None:
    with web.serving() as portal:
        async with chromium(portal, cookie) as seen:
            await seen.open(portal, applying)
            for number in range(20):
                known = await say(applying, *(f"line {number}.{part}" for part in range(30)))
                await seen.reload()
                assert [event["seq"] for event in seen.events][:known] == list(range(1, known + 1))
            last = await move(applying, RunStatus.APPLIED)
            proof = await seen.proof()

    assert proof == f"Complete, {last:,} of {last:,}, verified"
    assert await in_a_thread(lambda: list(invariants.equals_the_event_log(seen.events, run=applying))) == []
