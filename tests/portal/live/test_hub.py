"""Many sockets of one run: one reader, one encoding, and nobody waits for anybody."""

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

from portal.live import close_codes, hub, page_cache
from provisioner.models import Run
from tests.portal.live.viewer import Viewer
from tests.support import stage

pytestmark = pytest.mark.django_db(transaction=True)

say = sync_to_async(stage.say)


@pytest.fixture
def asked() -> Iterator[list[str]]:
    """Every statement that was sent to the database over a connection made since."""
    statements: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        statements.append(sql)
        return execute(sql, params, many, context)

    def listen(connection: Any, **kwargs: object) -> None:
        if note not in connection.execute_wrappers:
            connection.execute_wrappers.append(note)

    connection_created.connect(listen)
    yield statements
    connection_created.disconnect(listen)


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """No ring is heard here; and a person may watch with many windows."""
    monkeypatch.setattr(hub, "MOVING_POLL_SECONDS", 0.05)
    settings.SOCKETS_PER_PERSON = 100


def reads_of_events(statements: list[str]) -> int:
    return sum(sql.startswith("SELECT") and "provisioner_runevent" in sql for sql in statements)


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize("viewers", [1, 20])
async def test_viewers_at_the_head_share_one_look(
    applying_run: Run, alice: Any, asked: list[str], viewers: int
) -> None:
    head, rings = applying_run.last_seq, 5
    async with contextlib.AsyncExitStack() as all_of_them:
        entered = [Viewer(applying_run.pk, alice) for _ in range(viewers)]
        for each in entered:
            await all_of_them.enter_async_context(each)
            await each.events(up_to=head)
        asked.clear()
        for seq in range(head + 1, head + 1 + rings):
            await say(applying_run, f"line {seq}")
            heard = [await each.events(up_to=seq) for each in entered]
            assert [[event["seq"] for event in events] for events in heard] == [[seq]] * viewers

        # As many for twenty as for one.
        assert rings <= reads_of_events(asked) <= 2 * rings


async def test_a_viewer_with_a_cursor_of_his_own_joins_the_others(applying_run: Run, alice: Any) -> None:
    head = applying_run.last_seq
    async with Viewer(applying_run.pk, alice) as first:
        await first.events(up_to=head)
        await say(applying_run, *"abcdef")
        await first.events(up_to=head + 6)
        async with Viewer(applying_run.pk, alice, query=f"?after={head - 2}") as second:
            frames = [await second.frame(), await second.frame()]

    assert [frame["last_seq"] for frame in frames] == [head, head + 6]
    assert [event["seq"] for frame in frames for event in frame["events"]] == list(range(head - 1, head + 7))


@pytest.mark.usefixtures("_impatient")
async def test_a_viewer_that_never_reads_holds_nobody_up(applying_run: Run, alice: Any) -> None:
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
            # The server does wait for the one, and keeps nothing for it meanwhile.
            assert stuck.is_full

        late = await stuck.events(up_to=head + 2400)

    assert [event["seq"] for event in late] == list(range(1, head + 2401))


@pytest.mark.usefixtures("_impatient")
async def test_a_reader_that_breaks_by_a_mistake_leaves_no_socket_waiting_and_the_next_one_gets_another(
    applying_run: Run, alice: Any
) -> None:
    head = applying_run.last_seq

    def mistake(**kwargs: object) -> None:
        if threading.current_thread().name.startswith("live-database"):
            raise ProgrammingError("a mistake of ours")

    async with Viewer(applying_run.pk, alice) as first, Viewer(applying_run.pk, alice) as second:
        for each in (first, second):
            await each.events(up_to=head)
        connection_created.connect(mistake)
        codes = [await each.closing() for each in (first, second)]
        connection_created.disconnect(mistake)
    async with Viewer(applying_run.pk, alice, query=f"?after={head}") as third:
        await say(applying_run, "meanwhile")
        [event] = await third.events(up_to=head + 1)

    assert codes == [close_codes.BROKEN] * 2
    assert event["message"] == "meanwhile"


class TestAPage:
    def event(self, seq: int, message: str = "") -> dict[str, Any]:
        return {"seq": seq, "message": message}

    def test_is_one_text_for_all_until_more_is_known(self) -> None:
        page = page_cache.page_of([self.event(1, "\N{SNOWMAN}"), self.event(2)])

        text = page.frame(known=2)

        assert json.loads(text) == {
            "events": [self.event(1, "\N{SNOWMAN}"), self.event(2)],
            "last_seq": 2,
            "known": 2,
        }
        assert page.frame(known=2) is text
        assert json.loads(page.frame(known=9))["known"] == 9

    def test_ends_before_it_grows_too_long_but_holds_something(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(page_cache, "LONGEST_PAGE_CHARACTERS", 100)

        page = page_cache.page_of([self.event(1, "x" * 200), self.event(2)])

        assert page.last == 1

    def test_goes_from_the_shelf_when_the_shelf_is_full(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(page_cache, "KEPT_CHARACTERS", 300)
        shelf = page_cache.PageCache()

        for seq in (1, 2, 3):
            shelf.put(seq - 1, page_cache.page_of([self.event(seq, "x" * 80)]))

        assert shelf.get(0) is None
        assert shelf.get(2) is not None
        assert shelf.next_start(0) == 1
