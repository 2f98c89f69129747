"""Viewers of benchmarks/stream.py: what a browser does with the socket, and a clock."""

import asyncio
import contextlib
import json
import re
import time
from array import array
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

ACK_EVERY = 500  # as portal/static/js/run/stream.js
OPENING_AT_ONCE = 20
_LINE = re.compile(r"line (\d+) (\d+\.\d+)$")


@dataclass
class Seen:
    """What all viewers of a scene got. `seconds`: from writing a line to having it, for each viewer."""

    lines: int
    seconds: "array[float]" = field(default_factory=lambda: array("d"))
    lost: int = 0
    repeated: int = 0
    last_at: float = 0.0
    first_written_at: float = float("inf")


class Viewers:
    """`count` viewers who read and `stalled` who never do, on one run."""

    def __init__(self, address: str, token: str, *, count: int, stalled: int, lines: int) -> None:
        self._options: dict[str, Any] = {
            "additional_headers": {"Authorization": f"Bearer {token}"},
            "max_size": None,
            "open_timeout": 60,
        }
        self._address, self._count, self._stalled = address, count, stalled
        self._opening = asyncio.Semaphore(OPENING_AT_ONCE)
        self._sockets: list[ClientConnection] = []
        self._cursors: list[int] = []
        self._stalled_sockets: list[ClientConnection] = []
        self.seen = Seen(lines)

    async def open(self) -> None:
        """Connect everybody; those who read have had their first frame."""
        self._stalled_sockets = [await self._connect() for _ in range(self._stalled)]
        self._sockets = list(await asyncio.gather(*(self._connect() for _ in range(self._count))))
        # Accepted is not admitted: that somebody may watch is looked up before the first frame.
        firsts = await asyncio.gather(*(socket.recv(decode=True) for socket in self._sockets))
        self._cursors = [json.loads(text)["last_seq"] for text in firsts]

    async def watch(self) -> Seen:
        """Read to the end of the events."""
        await asyncio.gather(*map(self._read, self._sockets, self._cursors))
        return self.seen

    async def close(self) -> None:
        for socket in [*self._sockets, *self._stalled_sockets]:
            # Not close(): a stalled socket's farewell would wait behind what it never read.
            socket.transport.abort()

    async def _connect(self) -> ClientConnection:
        async with self._opening:
            return await connect(self._address, **self._options)

    async def _read(self, socket: ClientConnection, cursor: int) -> None:
        line = acknowledged = 0
        while True:
            text = await socket.recv(decode=True)
            now = time.time()
            frame, written = _understood(text)
            if frame.get("end"):
                break
            for number, at in written:
                self.seen.repeated += number <= line
                self.seen.lost += max(0, number - line - 1)
                line = number
                self.seen.seconds.append(now - at)
                self.seen.first_written_at = min(self.seen.first_written_at, at)
            if written:
                self.seen.last_at = max(self.seen.last_at, now)
            cursor = frame["last_seq"]
            if cursor - acknowledged >= ACK_EVERY:
                acknowledged = cursor
                # Closed: the end is here already, behind this frame.
                with contextlib.suppress(ConnectionClosed):
                    await socket.send(f'{{"ack":{cursor}}}')
        self.seen.lost += self.seen.lines - line + (frame["count"] != cursor)


@lru_cache(maxsize=64)
def _understood(text: str) -> tuple[dict[str, Any], list[tuple[int, float]]]:
    # Viewers get the same text: taken apart once, so that the clock measures the portal and not the viewers.
    frame = json.loads(text)
    found = [_LINE.search(event["message"]) for event in frame.pop("events", [])]
    return frame, [(int(match[1]), float(match[2])) for match in found if match]
