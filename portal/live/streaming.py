"""The stream: everything after the cursor, as soon as the hub of the run has it, to the end."""

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

import structlog

from portal.live import close_codes, database, hub, reading
from provisioner.database import outage

log = structlog.get_logger(__name__)

HEARTBEAT_SECONDS = 10.0
ACCESS_CHECK_SECONDS = 15.0
MAX_LIFETIME_SECONDS = 12 * 3600.0
MAX_UNACKNOWLEDGED_EVENTS = 2000


@dataclass(frozen=True, kw_only=True)
class Viewer:
    """The socket as the stream needs it. `check_access` gives 0, or a code if they may no longer watch."""

    send: Callable[[str], Awaitable[None]]
    check_access: Callable[[], Awaitable[int]]


class Stream:
    """Sends the events of a run to one viewer, each once and in order."""

    hub: hub.Hub

    def __init__(self, *, run_id: UUID, cursor: int, viewer: Viewer) -> None:
        self.run_id = run_id
        self.cursor = cursor
        self.viewer = viewer
        self.wake = asyncio.Event()
        self.timer: asyncio.TimerHandle | None = None
        self.timer_at = 0.0
        self.acknowledged: int | None = None
        self.outages = 0
        started = time.monotonic()
        self.ends_at = started + MAX_LIFETIME_SECONDS
        # Spread out: hundreds of viewers who came together must not all be checked at the same moment.
        self.check_at = started + ACCESS_CHECK_SECONDS * random.uniform(0.3, 1)  # noqa: S311
        self.heartbeat_at = started + HEARTBEAT_SECONDS

    def acknowledge(self, seq: int) -> None:
        """The viewer has processed everything up to here. From the first time on the limit applies.

        A viewer that never acknowledges is limited by the network alone: `send` waits until the peer reads.
        """
        was_too_far_ahead = self._is_too_far_ahead()
        self.acknowledged = min(max(self.acknowledged or 0, seq), self.cursor)
        if was_too_far_ahead:
            self.wake.set()

    async def run(self) -> int:
        """Stream until there is a reason to close. Returns the close code."""
        try:
            async with hub.joined(run_id=self.run_id, wake=self.wake) as self.hub:
                self.outages = self.hub.outages
                return await self._until_closed()
        finally:
            self._cancel_timer()

    async def _until_closed(self) -> int:
        while True:
            try:
                code = await self._step()
            except outage.ERRORS as error:
                log.warning("database away", run_id=str(self.run_id), error=str(error))
                await self._send_heartbeat(worker="unknown")
                await asyncio.sleep(hub.OUTAGE_RETRY_SECONDS)
                continue
            if code:
                return code

    async def _step(self) -> int:
        if time.monotonic() >= self.ends_at:
            return close_codes.MAX_LIFETIME
        if time.monotonic() >= self.check_at:
            if await self.viewer.check_access():
                return close_codes.NO_LONGER_ALLOWED
            self.check_at = time.monotonic() + ACCESS_CHECK_SECONDS
        self.hub.raise_if_broken()
        if self.outages != self.hub.outages:
            self.outages = self.hub.outages
            await self._send_heartbeat(worker="unknown")
        self.wake.clear()  # before the check: news during it must cause another step
        if self._is_too_far_ahead():
            await self._wait()
            return 0
        return await self._send_news()

    async def _send_news(self) -> int:
        if self.hub.is_gone:
            return close_codes.NOT_FOUND
        if self.hub.latest is not None and self.cursor < self.hub.head:
            return await self._send_page()
        if self.hub.latest is not None and self.cursor > self.hub.head and await self._is_beyond_the_log():
            return close_codes.BAD_CURSOR
        if self.cursor == self.hub.head and (end := self.hub.end):
            await self.viewer.send(_text(end))
            return close_codes.COMPLETE
        self.hub.request_more()
        await self._wait()
        return 0

    async def _send_page(self) -> int:
        page = await self.hub.page_after(self.cursor)
        if page is None:
            return close_codes.NOT_FOUND
        await self.viewer.send(page.frame(known=self.hub.known))
        self.cursor = page.last
        return 0

    async def _is_beyond_the_log(self) -> bool:
        """Is the cursor after the last event? The hub may be late: another process was faster."""
        snapshot = await database.call(reading.read_snapshot, run_id=self.run_id, cursor=self.cursor, limit=0)
        self.hub.refresh()
        return snapshot is not None and self.cursor > snapshot.known

    def _is_too_far_ahead(self) -> bool:
        return self.acknowledged is not None and self.cursor - self.acknowledged >= MAX_UNACKNOWLEDGED_EVENTS

    async def _wait(self) -> None:
        if time.monotonic() >= self.heartbeat_at:
            await self._send_heartbeat(worker=self.hub.worker)
        self._set_timer(min(self.heartbeat_at, self.check_at, self.ends_at))
        await self.wake.wait()

    def _set_timer(self, at: float) -> None:
        # Not a timeout around each wait: five hundred sockets wait ten times a second.
        if at != self.timer_at:
            self._cancel_timer()
            self.timer_at = at
            self.timer = asyncio.get_running_loop().call_later(
                max(0.0, at - time.monotonic()), self._timer_expired
            )

    def _timer_expired(self) -> None:
        self.timer_at = 0.0
        self.wake.set()

    def _cancel_timer(self) -> None:
        if self.timer is not None:
            self.timer.cancel()

    async def _send_heartbeat(self, *, worker: str) -> None:
        """Show that the connection is alive, and what is known about the worker."""
        self.heartbeat_at = time.monotonic() + HEARTBEAT_SECONDS
        # An empty page of events, for clients that know only those.
        empty = {"events": [], "last_seq": self.cursor}
        await self.viewer.send(_text(empty | {"alive": True, "worker": worker}))


def _text(frame: dict[str, object]) -> str:
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"))
