"""A real browser during a run: its sockets are killed and its page is reloaded twenty times."""

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page

from tests.end_to_end import held, stored
from tests.faults.proxy import Fault, Proxy
from tests.support import browser, demo_process

TIMES = 20
WAIT_MS = 30_000
# The socket is open, and the page has more events than then.
_HAS_NEW_EVENTS = (
    "(then) => window.runPage?.stream.socket?.readyState === 1 && window.runPage.stream.last > then"
)
_LAST = "() => window.runPage.stream.last"
_IS_DRAWN = """() => window.runPage?.stream.name === "complete" && window.runPage.arrived.length === 0"""
CURSOR_FORGOTTEN = ("const socket = this.world.socket(", "this.last = 0; const socket = this.world.socket(")
EVENT_DROPPED = (
    "this.onEvents(fresh === 0 ? events : events.slice(fresh));",
    "this.onEvents(events.slice(fresh + (this.reconnects === 1 && !this.lost ? (this.lost = 1) : 0)));",
)


@pytest.fixture(scope="module")
def proxy(demo: demo_process.Demo) -> Iterator[Proxy]:
    where = urlsplit(demo.url)
    with Proxy((str(where.hostname), int(where.port or 0))) as between:
        yield between


@pytest.fixture(scope="module")
def chromium(demo: demo_process.Demo, proxy: Proxy) -> Iterator[Browser]:
    """A browser that reaches the portal at its normal address, but through the proxy."""
    rule = f"MAP {urlsplit(demo.url).netloc} 127.0.0.1:{proxy.port}"
    with browser.chromium(f"--host-resolver-rules={rule}") as found:
        yield found


@contextmanager
def watching(
    chromium: Browser, address: str, *, tabs: int = 1, mutation: held.Change | None = None
) -> Iterator[list[Page]]:
    """The address in this many tabs of alice's browser."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(WAIT_MS)
    held.show(context, mutation=mutation)
    pages = [context.new_page() for _ in range(tabs)]
    where = urlsplit(address)
    browser.sign_in(pages[0], f"{where.scheme}://{where.netloc}", "alice")
    for page in pages:
        page.goto(address)
    yield pages
    context.close()


def order_lines(demo: demo_process.Demo, *, name: str, gate: Path) -> str:
    """Order a run that prints lines until its gate file exists. Returns the address of its page."""
    done = demo.manage("order", "lines", "--name", name, "--set", f"gate={gate}", "--as", "alice")
    assert done.returncode == 0, done.stderr
    return f"{demo.url}/runs/{done.stdout.split('run ')[1].strip().removesuffix('.')}/"


def kill_sockets(proxy: Proxy) -> None:
    proxy.fail(Fault(mode="reset"))
    proxy.heal()


def differences(page: Page, demo: demo_process.Demo) -> list[str]:
    page.wait_for_function(_IS_DRAWN)
    transcript, sha256 = stored.transcript(page), stored.sha256(demo, stored.run_of(page))
    assert hashlib.sha256(transcript).hexdigest() == sha256
    return list(held.differences(page, transcript=transcript, sha256=sha256))


def test_pages_equal_the_stored_events_after_twenty_killed_sockets_and_reloads(
    demo: demo_process.Demo, proxy: Proxy, chromium: Browser, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    address = order_lines(demo, name="killed", gate=gate)
    with watching(chromium, address, tabs=2) as (steady, reloaded):
        steady_had = 0
        for number in range(TIMES):
            steady.wait_for_function(_HAS_NEW_EVENTS, arg=steady_had)
            reloaded.wait_for_function(_HAS_NEW_EVENTS, arg=0)
            steady_had, reloaded_had = steady.evaluate(_LAST), reloaded.evaluate(_LAST)
            kill_sockets(proxy)
            # Alternate: reload while the socket is closed, or after it was opened again.
            if number % 2:
                reloaded.wait_for_function(_HAS_NEW_EVENTS, arg=reloaded_had)
            reloaded.reload()
        kills = steady.evaluate("() => window.runPage.stream.reconnects")
        gate.touch()

        found = [differences(page, demo) for page in (steady, reloaded)]

    assert kills >= TIMES - 1
    assert found == [[], []]


def test_a_page_that_loses_its_cursor_or_an_event_is_detected(
    demo: demo_process.Demo, proxy: Proxy, chromium: Browser, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    address = order_lines(demo, name="mutated", gate=gate)
    with ExitStack() as stack:
        pages = [
            stack.enter_context(watching(chromium, address, mutation=mutation))[0]
            for mutation in (CURSOR_FORGOTTEN, EVENT_DROPPED)
        ]
        for page in pages:
            page.wait_for_function(_HAS_NEW_EVENTS, arg=10)
        kill_sockets(proxy)
        gate.touch()

        forgetful, careless = (differences(page, demo) for page in pages)

    assert forgetful[0].startswith("its own SHA-256 is")
    assert careless[0].startswith("its log has")
