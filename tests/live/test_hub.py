"""Many sockets of one run: one reader, one encoding, and nobody waits for anybody."""

import asyncio
import json
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from portal.live import hub, pages, reading
from provisioner.models import Run
from tests.live.viewer import Viewer
from tests.portal import stage

pytestmark = pytest.mark.django_db(transaction=True)

say = sync_to_async(stage.say)


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The cursors with which the database was asked for events."""
    asked: list[int] = []
    look = reading.look

    def counted(*, run_id: Any, cursor: int, limit: int) -> reading.Look | None:
        asked.append(cursor)
        return look(run_id=run_id, cursor=cursor, limit=limit)

    monkeypatch.setattr(reading, "look", counted)
    return asked


async def test_viewers_at_the_head_share_one_look(applying_run: Run, alice: Any, looks: list[int]) -> None:
    head = applying_run.last_seq
    async with Viewer(applying_run.pk, alice) as first, Viewer(applying_run.pk, alice) as second:
        await first.events(up_to=head)
        await second.events(up_to=head)
        await say(applying_run, "one", "two")
        heard = [await each.events(up_to=head + 2) for each in (first, second)]

        assert [[event["seq"] for event in events] for events in heard] == [[head + 1, head + 2]] * 2
        assert len(hub._hubs) == 1
        # Each of those who joined had the run looked at once, the ring once more; nobody for himself.
        assert looks.count(0) <= 2
    assert not hub._hubs


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


async def test_a_viewer_that_never_reads_holds_nobody_up(applying_run: Run, alice: Any) -> None:
    wake, other = asyncio.Event(), asyncio.Event()
    async with (
        hub.joined(run_id=applying_run.pk, wake=wake),
        hub.joined(run_id=applying_run.pk, wake=other),
        Viewer(applying_run.pk, alice) as viewer,
    ):
        await say(applying_run, *(f"line {number}" for number in range(1200)))
        got = await viewer.events(up_to=applying_run.last_seq + 1200)

    assert len(got) == applying_run.last_seq + 1200


class TestAPage:
    def event(self, seq: int, message: str = "") -> dict[str, Any]:
        return {"seq": seq, "message": message}

    def test_is_one_text_for_all_until_more_is_known(self) -> None:
        page = pages.page_of([self.event(1, "\N{SNOWMAN}"), self.event(2)])

        text = page.frame(known=2)

        assert json.loads(text) == {
            "events": [self.event(1, "\N{SNOWMAN}"), self.event(2)],
            "last_seq": 2,
            "known": 2,
        }
        assert page.frame(known=2) is text
        assert json.loads(page.frame(known=9))["known"] == 9

    def test_ends_before_it_grows_too_long_but_holds_something(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(pages, "LONGEST_PAGE_CHARACTERS", 100)

        page = pages.page_of([self.event(1, "x" * 200), self.event(2)])

        assert page.last == 1

    def test_goes_from_the_shelf_when_the_shelf_is_full(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(pages, "KEPT_CHARACTERS", 300)
        shelf = pages.Shelf()

        for seq in (1, 2, 3):
            shelf.put(seq - 1, pages.page_of([self.event(seq, "x" * 80)]))

        assert shelf.get(0) is None
        assert shelf.get(2) is not None
        assert shelf.next_start(0) == 1
