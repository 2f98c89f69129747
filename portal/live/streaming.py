"""The stream itself: everything after the cursor, as soon as the run's hub has it, to the end."""

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import structlog

from portal.live import close_codes, database, hub, reading
from provisioner.database import outage

log = structlog.get_logger(__name__)

BEAT_SECONDS = 10.0
CHECK_SECONDS = 15.0
LONGEST_LIFE_SECONDS = 12 * 3600.0
FARTHEST_AHEAD = 2000  # events


@dataclass(frozen=True, kw_only=True)
class Viewer:
    """The socket as the stream needs it. `refusal` gives 0, or a code when they may no longer watch."""

    send: Callable[[str], Awaitable[None]]
    refusal: Callable[[], Awaitable[int]]


class Stream:
    """Sends one viewer a run's events, each once and in order."""

    hub: hub.Hub

    def __init__(self, *, run_id: Any, cursor: int, viewer: Viewer) -> None:
        self.run_id = run_id
        self.cursor = cursor
        self.viewer = viewer
        self.wake = asyncio.Event()
        self.alarm: asyncio.TimerHandle | None = None
        self.alarm_at = 0.0
        self.acknowledged: int | None = None
        self.times_away = 0
        started = time.monotonic()
        self.ends_at = started + LONGEST_LIFE_SECONDS
        # Not in step: hundreds who came together must not all be checked in the same instant.
        self.check_at = started + CHECK_SECONDS * random.uniform(0.3, 1)  # noqa: S311
        self.beat_at = started + BEAT_SECONDS

    def acknowledge(self, seq: int) -> None:
        """The viewer has dealt with everything up to here. The first time starts the bound of FARTHEST_AHEAD.

        A viewer that never does is held by the network alone: `send` waits for a peer that does not read.
        """
        was_too_far_ahead = self._is_too_far_ahead()
        self.acknowledged = min(max(self.acknowledged or 0, seq), self.cursor)
        if was_too_far_ahead:
            self.wake.set()

    async def run(self) -> int:
        """Stream until there is a reason to close; its code."""
        try:
            async with hub.joined(run_id=self.run_id, wake=self.wake) as self.hub:
                self.times_away = self.hub.times_away
                return await self._until_closed()
        finally:
            self._unset_alarm()

    async def _until_closed(self) -> int:
        while True:
            try:
                code = await self._step()
            except outage.ERRORS as error:
                log.warning("database away", run_id=str(self.run_id), error=str(error))
                await self._beat(worker="unknown")
                await asyncio.sleep(hub.AWAY_SECONDS)
                continue
            if code:
                return code

    async def _step(self) -> int:
        if time.monotonic() >= self.ends_at:
            return close_codes.LIVED_LONG_ENOUGH
        if time.monotonic() >= self.check_at:
            if await self.viewer.refusal():
                return close_codes.NO_LONGER_ALLOWED
            self.check_at = time.monotonic() + CHECK_SECONDS
        self.hub.raise_if_broken()
        if self.times_away != self.hub.times_away:
            self.times_away = self.hub.times_away
            await self._beat(worker="unknown")
        self.wake.clear()  # before the look: what is new during it must cause another
        if self._is_too_far_ahead():
            await self._wait()
            return 0
        return await self._send_what_is_new()

    async def _send_what_is_new(self) -> int:
        if self.hub.is_gone:
            return close_codes.UNKNOWN
        if self.hub.seen is not None and self.cursor < self.hub.head:
            return await self._send_page()
        if self.hub.seen is not None and self.cursor > self.hub.head and await self._is_beyond():
            return close_codes.BAD_CURSOR
        if self.cursor == self.hub.head and (end := self.hub.end):
            await self.viewer.send(_text(end))
            return close_codes.COMPLETE
        self.hub.want()
        await self._wait()
        return 0

    async def _send_page(self) -> int:
        page = await self.hub.page_after(self.cursor)
        if page is None:
            return close_codes.UNKNOWN
        await self.viewer.send(page.frame(known=self.hub.known))
        self.cursor = page.last
        return 0

    async def _is_beyond(self) -> bool:
        """Is the cursor past the story's end? The hub may be the late one: another process was faster."""
        seen = await database.call(reading.look, run_id=self.run_id, cursor=self.cursor, limit=0)
        self.hub.look_again()
        return seen is not None and self.cursor > seen.known

    def _is_too_far_ahead(self) -> bool:
        return self.acknowledged is not None and self.cursor - self.acknowledged >= FARTHEST_AHEAD

    async def _wait(self) -> None:
        if time.monotonic() >= self.beat_at:
            await self._beat(worker=self.hub.worker)
        self._set_alarm(min(self.beat_at, self.check_at, self.ends_at))
        await self.wake.wait()

    def _set_alarm(self, at: float) -> None:
        # Not a timeout around each wait: five hundred sockets wait ten times a second.
        if at != self.alarm_at:
            self._unset_alarm()
            self.alarm_at = at
            self.alarm = asyncio.get_running_loop().call_later(
                max(0.0, at - time.monotonic()), self._ring_alarm
            )

    def _ring_alarm(self) -> None:
        self.alarm_at = 0.0
        self.wake.set()

    def _unset_alarm(self) -> None:
        if self.alarm is not None:
            self.alarm.cancel()

    async def _beat(self, *, worker: str) -> None:
        """Tell quiet from dead: we are here, and this is what we know of the worker."""
        self.beat_at = time.monotonic() + BEAT_SECONDS
        # An empty page of events, for whoever knows only those.
        empty = {"events": [], "last_seq": self.cursor}
        await self.viewer.send(_text(empty | {"alive": True, "worker": worker}))


def _text(frame: dict[str, Any]) -> str:
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"))
