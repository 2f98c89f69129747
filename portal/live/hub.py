"""One reader per web process and run: it asks the database, every socket of the run gets what it found.

A socket at the run's head waits for the reader. One that is behind takes a page from the shelf, or has it
read, once for all who want the same one. Nobody waits for anybody: each socket sends in a task of its own.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import structlog

from portal.live import database, listener, page_cache, reading
from provisioner.database import outage

log = structlog.get_logger(__name__)

MOVING_POLL_SECONDS = 2.0
RESTING_POLL_SECONDS = 10.0
AWAY_SECONDS = 2.0

_hubs: dict[Any, "Hub"] = {}


class Hub:
    """What this process knows of one run. `seen` is the latest look, `head` the cursor read up to."""

    def __init__(self, run_id: Any) -> None:
        self.run_id = run_id
        self.seen: reading.Look | None = None
        self.head = 0
        self.worker = "none"  # as in a look; `unknown` while the database is away
        self.is_gone = False
        # How often the database was away: a socket tells its viewer once for each time.
        self.times_away = 0
        self._wakes: set[asyncio.Event] = set()
        self._shelf = page_cache.PageCache()
        self._reads: dict[int, asyncio.Task[page_cache.Page | None]] = {}
        self._rung, self._wanted = asyncio.Event(), asyncio.Event()
        self._reader = asyncio.create_task(self._read())
        self._reader.add_done_callback(lambda _: self._wake_all())

    @property
    def known(self) -> int:
        """The run's last number, as far as known."""
        return max(self.head, self.seen.known if self.seen else 0)

    @property
    def end(self) -> dict[str, Any] | None:
        """The last frame, once everything that there will ever be has been read."""
        if self.seen is None or self.seen.count is None or self.head < self.seen.known:
            return None
        return replace(self.seen, cursor=self.head).end()

    def raise_if_broken(self) -> None:
        """Raises what ended the reader, if it was a mistake."""
        if self._reader.done() and not self._reader.cancelled() and (error := self._reader.exception()):
            raise RuntimeError("the run's reader broke") from error

    def want(self) -> None:
        """Somebody has everything up to the head and wants more: only then is the next page of many read."""
        self._wanted.set()

    def look_again(self) -> None:
        """Have the run looked at, as a ring does."""
        self._rung.set()

    async def page_after(self, cursor: int) -> page_cache.Page | None:
        """What follows a cursor below the head; None if the run went away. Raises OperationalError."""
        if (page := self._shelf.get(cursor)) is not None:
            return page
        if (task := self._reads.get(cursor)) is None:
            task = self._reads[cursor] = asyncio.create_task(self._read_again(cursor))
            task.add_done_callback(lambda _: self._reads.pop(cursor, None))
        # A socket that leaves must not take the page from the others.
        return await asyncio.shield(task)

    async def _read_again(self, cursor: int) -> page_cache.Page | None:
        # No further than the next page that is there: from then on the way is the others' way.
        end = self._shelf.next_start(cursor) or self.head
        page, _ = await self._page(cursor, limit=min(reading.PAGE, end - cursor))
        if page is not None:
            self._shelf.put(cursor, page)
        return page

    async def _page(self, cursor: int, *, limit: int) -> tuple[page_cache.Page | None, reading.Look | None]:
        return await database.call(_page, run_id=self.run_id, cursor=cursor, limit=limit)

    async def _read(self) -> None:
        async with listener.heard(run_id=self.run_id, wake=self._rung):
            while not (self.is_gone or self.end):
                try:
                    await self._look()
                except outage.ERRORS as error:
                    log.warning("database away", run_id=str(self.run_id), error=str(error))
                    self.times_away += 1
                    self.worker = "unknown"
                    self._wake_all()
                    await asyncio.sleep(AWAY_SECONDS)

    async def _look(self) -> None:
        self._rung.clear()  # before the look: a ring during it must cause another
        self._wanted.clear()
        limit = reading.PAGE if self.seen is not None else 0  # the first time: where the story stands
        page, seen = await self._page(self.head, limit=limit)
        if seen is None:
            self.is_gone = True
        elif self.seen is None:
            self.head = seen.known
        elif page is not None:
            self._shelf.put(self.head, page)
            self.head = page.last
        self.seen = seen
        self.worker = seen.worker if seen is not None else "none"
        self._wake_all()
        if seen is not None and not self.end:
            await self._wait(self._wanted if self.head < seen.known else self._rung, seen)

    async def _wait(self, event: asyncio.Event, seen: reading.Look) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(MOVING_POLL_SECONDS if seen.is_moving else RESTING_POLL_SECONDS):
                await event.wait()

    def _wake_all(self) -> None:
        for wake in self._wakes:
            wake.set()

    def join(self, wake: asyncio.Event) -> None:
        self._wakes.add(wake)
        self.look_again()

    def leave(self, wake: asyncio.Event) -> bool:
        """True for the last one."""
        self._wakes.discard(wake)
        return not self._wakes

    async def stop(self) -> None:
        tasks = [self._reader, *self._reads.values()]
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


def _page(*, run_id: Any, cursor: int, limit: int) -> tuple[page_cache.Page | None, reading.Look | None]:
    # Encoded here too, in the thread: the loop has sockets to serve.
    seen = reading.look(run_id=run_id, cursor=cursor, limit=limit)
    return page_cache.page_of(seen.events) if seen and seen.events else None, seen


@contextlib.asynccontextmanager
async def joined(*, run_id: Any, wake: asyncio.Event) -> AsyncIterator[Hub]:
    """Be one of the run's viewers: `wake` is set by whatever is new. The last one to leave ends the hub."""
    hub = _hubs.get(run_id)
    if hub is None:
        hub = _hubs[run_id] = Hub(run_id)
    hub.join(wake)
    try:
        yield hub
    finally:
        if hub.leave(wake):
            # First out of the list: whoever comes while it ends gets another.
            if _hubs.get(run_id) is hub:
                del _hubs[run_id]
            await hub.stop()
