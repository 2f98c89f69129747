"""The run page in a real browser; the test plays the WebSocket: times, keyboard, titles, connection."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from playwright.sync_api import Page, Route, WebSocketRoute, expect

from portal.accounts.models import User
from portal.live import reading
from provisioner.models import Run
from provisioner.run_status import RunStatus
from tests.portal.runs.run_page import append_event
from tests.support import browser, stage

PORTAL = "http://portal.test"
SEOUL = timezone(timedelta(hours=9))
RESOURCES = 30


class RecordedRun:
    """A run page and its events from memory. `frames[0]` goes to each socket without a cursor."""

    def __init__(self, client: Client, person: User, run: Run) -> None:
        client.force_login(person)
        self.run = run
        self.client = client
        self.page = self._get("")
        self.fragments: list[str] = []
        self.frames = [self._frame()]
        self.sockets: list[WebSocketRoute] = []
        self.failing_fragments = 0

    def record(self) -> None:
        """The fragment as it is now, and the events since the last frame."""
        self.fragments.append(self._get("actions/"))
        self.frames.append(self._frame(after=self.frames[-1]["last_seq"]))

    def answer(self, route: Route) -> None:
        path = urlsplit(route.request.url).path
        if path.endswith("/actions/") and self.failing_fragments:
            self.failing_fragments -= 1
            route.abort()
        elif path.endswith("/actions/") and self.fragments:
            route.fulfill(body=self.fragments[-1], content_type="text/html")
        elif path.startswith("/static/"):
            route.fulfill(path=str(finders.find(path.removeprefix("/static/"))))
        elif path == "/":
            route.fulfill(body=self.page, content_type="text/html; charset=utf-8")
        else:
            route.fulfill(status=404)

    def connected(self, socket: WebSocketRoute) -> None:
        self.sockets.append(socket)
        if parse_qs(urlsplit(socket.url).query)["after"] == ["0"]:
            self.send(0)

    def send(self, number: int) -> None:
        self.sockets[-1].send(json.dumps(self.frames[number]))

    def _get(self, place: str) -> str:
        return self.client.get(f"/runs/{self.run.pk}/{place}").content.decode()

    def _frame(self, *, after: int = 0) -> dict[str, Any]:
        snapshot = reading.read_snapshot(run_id=self.run.pk, cursor=after)
        assert snapshot is not None
        return json.loads(json.dumps(snapshot.frame(), default=str))  # type: ignore[no-any-return]


@contextmanager
def opened(recorded: RecordedRun, address: str = "/") -> Iterator[Page]:
    """The page in the browser of a person in Seoul, with all recorded events."""
    with browser.chromium() as chromium:
        page = chromium.new_page(timezone_id="Asia/Seoul", viewport={"width": 1280, "height": 900})
        page.route("**/*", recorded.answer)
        page.route_web_socket("**/ws/**", recorded.connected)
        page.goto(f"{PORTAL}{address}")
        expect(page.locator("[data-connection-word]")).to_have_text("Live")
        yield page


@pytest.fixture
def busy_run(applying_run: Run) -> Run:
    """Thirty resources, of which one is done and one in flight, and an error of several lines."""
    for index in range(RESOURCES):
        data = {"action": "create", "resource_type": "t"}
        append_event(applying_run, phase="plan", type="planned_change", resource=f"t.r{index}", data=data)
    for kind, index in (("apply_start", 0), ("apply_start", 1), ("apply_complete", 0)):
        append_event(applying_run, type=kind, resource=f"t.r{index}", data={"action": "create"})
    append_event(applying_run, message="one\ntwo\nthree")
    append_event(applying_run, message="last")
    applying_run.refresh_from_db()
    return applying_run


@pytest.fixture
def recorded(client: Client, alice: User, busy_run: Run) -> RecordedRun:
    return RecordedRun(client, alice, busy_run)


def focused(page: Page) -> str:
    """The resource, line or part of the page that has the focus."""
    return str(
        page.evaluate(
            """() => {
              const { dataset, textContent } = document.activeElement;
              return dataset.shows ?? dataset.line ?? ("logScroller" in dataset ? "log" : textContent.trim());
            }"""
        )
    )


def press(page: Page, *keys: str) -> str:
    for key in keys:
        page.keyboard.press(key)
    return focused(page)


class TestTimes:
    def test_are_in_the_zone_of_the_reader_everywhere(self, recorded: RecordedRun) -> None:
        first = datetime.fromisoformat(recorded.frames[0]["events"][0]["at"]).astimezone(SEOUL)
        requested = recorded.run.queued_at.astimezone(SEOUL)

        with opened(recorded) as page:
            row = page.locator(".log-row time").first
            page.get_by_role("tab", name="Details").click()
            details = page.locator("#run-details time").first

            assert row.text_content() == f"{first.astimezone(SEOUL):%H:%M:%S}"
            assert (
                row.get_attribute("title")
                == f"{first.astimezone(SEOUL):%Y-%m-%d %H:%M:%S} GMT+09:00 (Asia/Seoul)"
            )
            assert details.text_content() == f"{requested:%Y-%m-%d %H:%M:%S}"
            assert details.get_attribute("title") == f"{requested:%Y-%m-%d %H:%M:%S} GMT+09:00 (Asia/Seoul)"
            written = page.locator("#run-details").text_content() or ""
            assert "UTC" not in written
            stated = [time.get_attribute("datetime") or "" for time in page.locator("time").all()]
            assert all(datetime.fromisoformat(each).astimezone(UTC) for each in stated)

    def test_count_from_the_same_moment_in_the_log_and_in_the_header(self, recorded: RecordedRun) -> None:
        with opened(recorded) as page:
            page.locator("[data-log-times]").click()

            assert page.locator(".log-row time").first.text_content() == "+0 s"
            last = page.locator(".log-row time").last.text_content() or ""
            elapsed = page.locator("[data-elapsed]").text_content() or ""
            assert seconds(last) <= seconds(elapsed)


def seconds(text: str) -> int:
    found = re.fullmatch(r"\+?(?:(\d+) min )?(\d+) s", text)
    assert found, text
    return 60 * int(found[1] or 0) + int(found[2])


class TestKeyboard:
    def test_the_resources_are_one_tab_stop(self, recorded: RecordedRun) -> None:
        with opened(recorded) as page:
            page.locator("[data-sort=start]").focus()

            assert press(page, "Tab") == "t.r1"  # in flight, so it is first
            assert press(page, "ArrowDown") == "t.r0"
            assert press(page, "End") == f"t.r{RESOURCES - 1}"
            assert press(page, "Home") == "t.r1"
            page.keyboard.press("Tab")
            expect(page.locator("[data-log-search]")).to_be_focused()
            assert press(page, "Shift+Tab") == "t.r1"

    def test_a_row_that_moves_keeps_the_focus(self, recorded: RecordedRun, busy_run: Run) -> None:
        append_event(busy_run, type="apply_complete", resource="t.r1", data={"action": "create"})
        append_event(busy_run, type="apply_start", resource="t.r9", data={"action": "create"})
        recorded.record()

        with opened(recorded) as page:
            page.locator("[data-shows='t.r9']").focus()
            recorded.send(1)
            expect(page.locator("tr[data-address]").first).to_have_attribute("data-address", "t.r9")

            assert focused(page) == "t.r9"

    def test_the_tools_below_the_log_are_one_tab_stop(self, recorded: RecordedRun) -> None:
        with opened(recorded) as page:
            toolbar = page.get_by_role("toolbar", name="Log view")
            toolbar.locator("[data-log-follow]").focus()

            assert press(page, "ArrowRight") == "Wrap"
            assert press(page, "End") == "Times: clock"
            page.keyboard.press("Tab")
            assert toolbar.evaluate("node => !node.contains(document.activeElement)")
            assert press(page, "Shift+Tab") == "Times: clock"

    def test_goes_through_the_lines_of_the_log(self, recorded: RecordedRun) -> None:
        last = recorded.frames[0]["last_seq"]

        with opened(recorded) as page:
            page.locator("[data-log-scroller]").focus()
            page.keyboard.press("g")

            assert press(page, "Enter") == "1"
            assert press(page, "ArrowDown", "ArrowDown") == "3"
            page.keyboard.press("Enter")
            expect(page).to_have_url(re.compile("#L3$"))
            assert focused(page) == "3"
            assert press(page, "ArrowUp") == "2"
            assert press(page, *["ArrowDown"] * last) == str(last)  # over the lines of one event
            assert press(page, "ArrowUp", "ArrowDown", "Escape") == "log"
            assert page.locator(".log-row a").last.get_attribute("aria-label") == f"Line {last}"


def test_the_filters_of_the_log_are_in_the_address(recorded: RecordedRun) -> None:
    with opened(recorded, "/?q=last&only=1&phase=apply") as page:
        expect(page.locator(".log-row")).to_have_count(1)
        expect(page.locator("[data-log-phase]")).to_have_value("apply")
        page.locator("[data-log-search]").fill("three")

        expect(page.locator(".log-row .log-text")).to_have_text("three")
        expect(page).to_have_url(f"{PORTAL}/?q=three&only=1&phase=apply")


def test_the_title_names_the_tab(recorded: RecordedRun) -> None:
    with opened(recorded) as page:
        before = page.title()
        page.get_by_role("tab", name="Plan").click()

        assert before == f"1/{RESOURCES}: web-1: Update, run 1, Resources"
        assert page.title() == f"1/{RESOURCES}: web-1: Update, run 1, Plan"


class TestConnection:
    def test_is_live_at_once_when_the_socket_is_back(self, recorded: RecordedRun) -> None:
        with opened(recorded) as page:
            recorded.sockets[-1].close(code=1011)
            expect(page.locator("[data-connection-word]")).not_to_have_text("Live")

            # The new socket has nothing to send.
            expect(page.locator("[data-connection-word]")).to_have_text("Live", timeout=4000)
            assert len(recorded.sockets) == 2


class TestStopping:
    def test_names_the_time_of_a_force_stop_in_the_zone_of_the_reader(
        self, client: Client, oscar: User, busy_run: Run
    ) -> None:
        now = datetime.now(UTC)
        Run.objects.filter(pk=busy_run.pk).update(cancel_asked_at=now, cancel_asked_by=oscar)
        busy_run.refresh_from_db()
        recorded = RecordedRun(client, oscar, busy_run)
        until = re.search(r"force it after (\d\d:\d\d:\d\d) UTC", recorded.page)
        assert until

        with opened(recorded) as page:
            local = (datetime.fromisoformat(f"{now:%Y-%m-%d}T{until[1]}Z")).astimezone(SEOUL)
            expect(page.locator("#run-attention")).to_contain_text(f"after {local:%H:%M:%S} GMT+9.")

    def test_is_no_longer_shown_when_the_run_is_over_though_the_portal_is_away(
        self, client: Client, alice: User, busy_run: Run
    ) -> None:
        now = datetime.now(UTC)
        Run.objects.filter(pk=busy_run.pk).update(cancel_asked_at=now, cancel_asked_by=alice)
        recorded = RecordedRun(client, alice, busy_run)
        stage.move(busy_run, RunStatus.FAILED)
        recorded.record()
        recorded.failing_fragments = 1

        with opened(recorded) as page:
            expect(page.get_by_role("heading", name="Stopping")).to_be_visible()
            recorded.send(1)

            expect(page.get_by_role("heading", name="Stopping")).to_have_count(0, timeout=2000)
            expect(page.locator("#run-status")).to_contain_text("Failed", timeout=6000)
