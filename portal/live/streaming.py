"""The stream itself: everything after the cursor, on each ring and by the clock, to the end."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import structlog
from django.db import InterfaceError, OperationalError

from portal.live import bell, closing, database, reading

log = structlog.get_logger(__name__)

MOVING_POLL_SECONDS = 2.0
RESTING_POLL_SECONDS = 10.0
BEAT_SECONDS = 10.0
CHECK_SECONDS = 15.0
LONGEST_LIFE_SECONDS = 12 * 3600.0
AWAY_SECONDS = 2.0
FARTHEST_AHEAD = 2000  # events


@dataclass(frozen=True, kw_only=True)
class Viewer:
    """The socket as the stream needs it. `refusal` gives 0, or a code when they may no longer watch."""

    send: Callable[[dict[str, Any]], Awaitable[None]]
    refusal: Callable[[], Awaitable[int]]


class Stream:
    """Sends one viewer a run's events, each once and in order."""

    def __init__(self, *, run_id: Any, cursor: int, viewer: Viewer) -> None:
        self.run_id = run_id
        self.cursor = cursor
        self.viewer = viewer
        self.wake = asyncio.Event()
        self.acknowledged: int | None = None
        self.worker = "none"
        started = time.monotonic()
        self.ends_at = started + LONGEST_LIFE_SECONDS
        self.check_at = started + CHECK_SECONDS
        self.beat_at = started + BEAT_SECONDS

    def acknowledge(self, seq: int) -> None:
        """The viewer has dealt with everything up to here. The first time starts the bound of FARTHEST_AHEAD.

        A viewer that never does is held by the network alone: `send` waits for a peer that does not read.
        """
        self.acknowledged = min(max(self.acknowledged or 0, seq), self.cursor)
        self.wake.set()

    async def run(self) -> int:
        """Stream until there is a reason to close; its code."""
        async with bell.heard(run_id=self.run_id, wake=self.wake):
            while True:
                try:
                    code = await self._step()
                except (OperationalError, InterfaceError) as error:
                    log.warning("database away", run_id=str(self.run_id), error=str(error))
                    self.worker = "unknown"
                    await self._beat()
                    await asyncio.sleep(AWAY_SECONDS)
                    continue
                if code:
                    return code

    async def _step(self) -> int:
        if time.monotonic() >= self.ends_at:
            return closing.LIVED_LONG_ENOUGH
        if time.monotonic() >= self.check_at:
            if await self.viewer.refusal():
                return closing.NO_LONGER_ALLOWED
            self.check_at = time.monotonic() + CHECK_SECONDS
        if self._is_too_far_ahead():
            await self._wait(RESTING_POLL_SECONDS)
            return 0
        return await self._send_what_is_new()

    async def _send_what_is_new(self) -> int:
        self.wake.clear()  # before the look: a ring during it must cause another
        seen = await database.call(reading.look, run_id=self.run_id, cursor=self.cursor)
        if seen is None:
            return closing.UNKNOWN
        self.worker = seen.worker
        if self.cursor > seen.known:
            return closing.BAD_CURSOR
        if seen.events:
            await self.viewer.send(seen.frame())
            self.cursor = seen.cursor
            return 0
        if seen.is_complete:
            await self.viewer.send(seen.end())
            return closing.COMPLETE
        await self._wait(MOVING_POLL_SECONDS if seen.is_moving else RESTING_POLL_SECONDS)
        return 0

    def _is_too_far_ahead(self) -> bool:
        return self.acknowledged is not None and self.cursor - self.acknowledged >= FARTHEST_AHEAD

    async def _wait(self, longest: float) -> None:
        if time.monotonic() >= self.beat_at:
            await self._beat()
        until = min(time.monotonic() + longest, self.beat_at, self.check_at, self.ends_at)
        try:
            async with asyncio.timeout(max(0.0, until - time.monotonic())):
                await self.wake.wait()
        except TimeoutError:
            return
        self.wake.clear()

    async def _beat(self) -> None:
        """Tell quiet from dead: we are here, and this is what we know of the worker."""
        self.beat_at = time.monotonic() + BEAT_SECONDS
        # An empty page of events, for whoever knows only those.
        empty = {"events": [], "last_seq": self.cursor}
        await self.viewer.send(empty | {"alive": True, "worker": self.worker})
