"""One hub per run and web process: it alone reads the database, and every socket of the run gets the result.

A socket that has all events waits for the hub. A socket that is behind takes a page from the cache, or has it
read once for all sockets that need the same page. No socket waits for another: each sends in its own task.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID

import structlog

from portal.live import database, listener, page_cache, reading
from provisioner.database import outage

log = structlog.get_logger(__name__)

# How often to read without a change notification: while a worker holds the run, and otherwise.
ACTIVE_POLL_SECONDS = 2.0
IDLE_POLL_SECONDS = 10.0
OUTAGE_RETRY_SECONDS = 2.0

_hubs: dict[UUID, "Hub"] = {}


class Hub:
    """What this process knows about one run. `head` is the cursor up to which it has read."""

    def __init__(self, run_id: UUID) -> None:
        self.run_id = run_id
        self.latest: reading.Snapshot | None = None
        self.head = 0
        self.worker = "none"  # as in a snapshot, or `unknown` while the database is away
        self.is_gone = False
        # The number of database outages: a socket tells its viewer once about each.
        self.outages = 0
        self._wakes: set[asyncio.Event] = set()
        self._pages = page_cache.PageCache()
        self._reads: dict[int, asyncio.Task[page_cache.Page | None]] = {}
        self._notified, self._requested = asyncio.Event(), asyncio.Event()
        self._reader = asyncio.create_task(self._read_until_end())
        self._reader.add_done_callback(lambda _: self._wake_all())

    @property
    def known(self) -> int:
        """The highest known event number of the run."""
        return max(self.head, self.latest.known if self.latest else 0)

    @property
    def end(self) -> dict[str, object] | None:
        """The last frame, when the run is complete and all its events have been read."""
        if self.latest is None or self.latest.count is None or self.head < self.latest.known:
            return None
        return replace(self.latest, cursor=self.head).end()

    def raise_if_broken(self) -> None:
        """Raise the error that ended the reader, if any."""
        if self._reader.done() and not self._reader.cancelled() and (error := self._reader.exception()):
            raise RuntimeError("the reader of the run failed") from error

    def request_more(self) -> None:
        """A viewer has everything up to the head. Only now is the next of many pages read."""
        self._requested.set()

    def refresh(self) -> None:
        """Read the run again now, as after a change notification."""
        self._notified.set()

    async def page_after(self, cursor: int) -> page_cache.Page | None:
        """The page after a cursor below the head; None if the run was deleted. Raises OperationalError."""
        if (page := self._pages.get(cursor)) is not None:
            return page
        if (task := self._reads.get(cursor)) is None:
            task = self._reads[cursor] = asyncio.create_task(self._read_page(cursor))
            task.add_done_callback(lambda _: self._reads.pop(cursor, None))
        # A socket that disconnects must not cancel the read for the others.
        return await asyncio.shield(task)

    async def _read_page(self, cursor: int) -> page_cache.Page | None:
        # Only up to the next cached page: from there on this socket uses the same pages as the others.
        end = self._pages.next_start(cursor) or self.head
        page, _ = await self._read(cursor, limit=min(reading.PAGE, end - cursor))
        if page is not None:
            self._pages.put(cursor, page)
        return page

    async def _read(
        self, cursor: int, *, limit: int
    ) -> tuple[page_cache.Page | None, reading.Snapshot | None]:
        return await database.call(_read_and_encode, run_id=self.run_id, cursor=cursor, limit=limit)

    async def _read_until_end(self) -> None:
        async with listener.notifications_for(run_id=self.run_id, wake=self._notified):
            while not (self.is_gone or self.end):
                try:
                    await self._read_news()
                except outage.ERRORS as error:
                    log.warning("database away", run_id=str(self.run_id), error=str(error))
                    self.outages += 1
                    self.worker = "unknown"
                    self._wake_all()
                    await asyncio.sleep(OUTAGE_RETRY_SECONDS)

    async def _read_news(self) -> None:
        self._notified.clear()  # before the read: a notification during it must cause another read
        self._requested.clear()
        limit = reading.PAGE if self.latest is not None else 0  # the first time only the state of the run
        page, snapshot = await self._read(self.head, limit=limit)
        if snapshot is None:
            self.is_gone = True
        elif self.latest is None:
            self.head = snapshot.known
        elif page is not None:
            self._pages.put(self.head, page)
            self.head = page.last
        self.latest = snapshot
        self.worker = snapshot.worker if snapshot is not None else "none"
        self._wake_all()
        if snapshot is not None and not self.end:
            await self._wait(self._requested if self.head < snapshot.known else self._notified, snapshot)

    async def _wait(self, event: asyncio.Event, snapshot: reading.Snapshot) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(ACTIVE_POLL_SECONDS if snapshot.is_active else IDLE_POLL_SECONDS):
                await event.wait()

    def _wake_all(self) -> None:
        for wake in self._wakes:
            wake.set()

    def join(self, wake: asyncio.Event) -> None:
        self._wakes.add(wake)
        self.refresh()

    def leave(self, wake: asyncio.Event) -> bool:
        """Remove a viewer. True if it was the last one."""
        self._wakes.discard(wake)
        return not self._wakes

    async def stop(self) -> None:
        tasks = [self._reader, *self._reads.values()]
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


def _read_and_encode(
    *, run_id: UUID, cursor: int, limit: int
) -> tuple[page_cache.Page | None, reading.Snapshot | None]:
    # Encode here in the thread, too: the event loop has sockets to serve.
    snapshot = reading.read_snapshot(run_id=run_id, cursor=cursor, limit=limit)
    return page_cache.page_of(snapshot.events) if snapshot and snapshot.events else None, snapshot


@contextlib.asynccontextmanager
async def joined(*, run_id: UUID, wake: asyncio.Event) -> AsyncIterator[Hub]:
    """Be a viewer of the run: the hub sets `wake` for everything new. It stops with its last viewer."""
    hub = _hubs.get(run_id)
    if hub is None:
        hub = _hubs[run_id] = Hub(run_id)
    hub.join(wake)
    try:
        yield hub
    finally:
        if hub.leave(wake):
            # Remove it first: a viewer that comes while it stops gets a new hub.
            if _hubs.get(run_id) is hub:
                del _hubs[run_id]
            await hub.stop()
