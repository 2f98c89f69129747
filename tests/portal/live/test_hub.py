"""Many sockets of one run: one reader, one encoding, and no socket waits for another."""

import contextlib
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import ProgrammingError
from django.db.backends.signals import connection_created
from pytest_django import Settings

from portal.accounts.models import User
from portal.live import close_codes, hub, page_cache
from provisioner.models import Run
from provisioner.runs import events
from tests.portal.live.viewer import Viewer
from tests.support import stage

pytestmark = pytest.mark.django_db(transaction=True)

say = sync_to_async(stage.say)


@pytest.fixture
def sql_statements() -> Iterator[list[str]]:
    """All statements over database connections that were opened since the start of the test."""
    statements: list[str] = []

    def record(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        statements.append(sql)
        return execute(sql, params, many, context)

    def opened(connection: Any, **kwargs: object) -> None:
        if record not in connection.execute_wrappers:
            connection.execute_wrappers.append(record)

    connection_created.connect(opened)
    yield statements
    connection_created.disconnect(opened)


@pytest.fixture
def _fast_poll(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """The tests have no change notifications. One person may have many sockets."""
    monkeypatch.setattr(hub, "ACTIVE_POLL_SECONDS", 0.05)
    settings.SOCKETS_PER_PERSON = 100


def reads_of_events(statements: list[str]) -> int:
    return sum(sql.startswith("SELECT") and "provisioner_runevent" in sql for sql in statements)


@pytest.mark.usefixtures("_fast_poll")
@pytest.mark.parametrize("viewers", [1, 20])
async def test_viewers_that_have_all_events_share_one_read(
    applying_run: Run, alice: User, sql_statements: list[str], viewers: int
) -> None:
    head, lines = applying_run.last_seq, 5
    async with contextlib.AsyncExitStack() as stack:
        opened = [Viewer(applying_run.pk, alice) for _ in range(viewers)]
        for each in opened:
            await stack.enter_async_context(each)
            await each.events(up_to=head)
        sql_statements.clear()
        for seq in range(head + 1, head + 1 + lines):
            await say(applying_run, f"line {seq}")
            received = [await each.events(up_to=seq) for each in opened]
            assert [[event["seq"] for event in events] for events in received] == [[seq]] * viewers

        # As many for twenty as for one.
        assert lines <= reads_of_events(sql_statements) <= 2 * lines


async def test_a_viewer_with_an_earlier_cursor_catches_up_with_the_others(
    applying_run: Run, alice: User
) -> None:
    head = applying_run.last_seq
    async with Viewer(applying_run.pk, alice) as first:
        await first.events(up_to=head)
        await say(applying_run, *"abcdef")
        await first.events(up_to=head + 6)
        async with Viewer(applying_run.pk, alice, query=f"?after={head - 2}") as second:
            frames = [await second.frame(), await second.frame()]

    assert [frame["last_seq"] for frame in frames] == [head, head + 6]
    assert [event["seq"] for frame in frames for event in frame["events"]] == list(range(head - 1, head + 7))


@pytest.mark.usefixtures("_fast_poll")
async def test_a_viewer_that_never_reads_delays_no_other(applying_run: Run, alice: User) -> None:
    head = applying_run.last_seq
    async with (
        Viewer(applying_run.pk, alice, room=1) as stuck,
        Viewer(applying_run.pk, alice) as first,
        Viewer(applying_run.pk, alice) as second,
    ):
        for count in (1200, 2400):
            await say(applying_run, *(f"line {number}" for number in range(1200)))
            got = [await each.events(up_to=head + count) for each in (first, second)]
            assert [events[-1]["seq"] for events in got] == [head + count] * 2
            # The server waits for the third viewer, and buffers nothing for it.
            assert stuck.is_full

        late = await stuck.events(up_to=head + 2400)

    assert [event["seq"] for event in late] == list(range(1, head + 2401))


@pytest.mark.usefixtures("_fast_poll")
async def test_a_reader_that_fails_closes_its_sockets_and_the_next_socket_gets_a_new_reader(
    applying_run: Run, alice: User
) -> None:
    head = applying_run.last_seq

    def fail(**kwargs: object) -> None:
        if threading.current_thread().name.startswith("live-database"):
            raise ProgrammingError("a bug in the portal")

    async with Viewer(applying_run.pk, alice) as first, Viewer(applying_run.pk, alice) as second:
        for each in (first, second):
            await each.events(up_to=head)
        connection_created.connect(fail)
        codes = [await each.closing() for each in (first, second)]
        connection_created.disconnect(fail)
    async with Viewer(applying_run.pk, alice, query=f"?after={head}") as third:
        await say(applying_run, "meanwhile")
        [event] = await third.events(up_to=head + 1)

    assert codes == [close_codes.BROKEN] * 2
    assert event["message"] == "meanwhile"


class TestPage:
    def event(self, seq: int, message: str = "") -> events.SentEvent:
        return {
            "seq": seq,
            "at": "2026-12-01T00:00:00.000000Z",
            "phase": "apply",
            "type": "text",
            "level": "info",
            "message": message,
            "resource": "",
            "data": {},
        }

    def test_builds_its_text_again_only_when_known_changes(self) -> None:
        page = page_cache.page_of([self.event(1, "\N{SNOWMAN}"), self.event(2)])

        text = page.frame(known=2)

        assert json.loads(text) == {
            "events": [self.event(1, "\N{SNOWMAN}"), self.event(2)],
            "last_seq": 2,
            "known": 2,
        }
        assert page.frame(known=2) is text
        assert json.loads(page.frame(known=9))["known"] == 9

    def test_stops_before_it_is_too_long_but_has_at_least_one_event(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(page_cache, "MAX_PAGE_CHARACTERS", 100)

        page = page_cache.page_of([self.event(1, "x" * 200), self.event(2)])

        assert page.last == 1

    def test_is_dropped_from_a_full_cache(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(page_cache, "MAX_CACHE_CHARACTERS", 500)
        cache = page_cache.PageCache()

        for seq in (1, 2, 3):
            cache.put(seq - 1, page_cache.page_of([self.event(seq, "x" * 80)]))

        assert cache.get(0) is None
        assert cache.get(2) is not None
        assert cache.next_start(0) == 1
