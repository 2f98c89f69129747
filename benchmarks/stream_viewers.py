"""Viewers of benchmarks/stream.py: they use the socket like a browser and measure latency."""

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
    """What all viewers of a scene received. `seconds`: time from writing a line to its arrival, of each."""

    lines: int
    seconds: "array[float]" = field(default_factory=lambda: array("d"))
    lost: int = 0
    repeated: int = 0
    last_at: float = 0.0
    first_written_at: float = float("inf")


class Viewers:
    """`count` viewers that read and `stalled` viewers that never read, all of one run."""

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
        """Connect all viewers; those that read have received their first frame."""
        self._stalled_sockets = [await self._connect() for _ in range(self._stalled)]
        self._sockets = list(await asyncio.gather(*(self._connect() for _ in range(self._count))))
        # Permission is checked after the handshake, before the first frame.
        firsts = await asyncio.gather(*(socket.recv(decode=True) for socket in self._sockets))
        self._cursors = [json.loads(text)["last_seq"] for text in firsts]

    async def watch(self) -> Seen:
        """Read to the end of the events."""
        await asyncio.gather(*map(self._read, self._sockets, self._cursors))
        return self.seen

    async def close(self) -> None:
        for socket in [*self._sockets, *self._stalled_sockets]:
            # Not close(): the closing frame of a stalled socket would wait behind unread data.
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
                # Closed: the last frame has already arrived behind this one.
                with contextlib.suppress(ConnectionClosed):
                    await socket.send(f'{{"ack":{cursor}}}')
        self.seen.lost += self.seen.lines - line + (frame["count"] != cursor)


@lru_cache(maxsize=64)
def _understood(text: str) -> tuple[dict[str, Any], list[tuple[int, float]]]:
    # Viewers get the same text. It is parsed once, so that the portal is measured and not the viewers.
    frame = json.loads(text)
    found = [_LINE.search(event["message"]) for event in frame.pop("events", [])]
    return frame, [(int(match[1]), float(match[2])) for match in found if match]
