"""Real web processes, and sockets like those of a browser: some read, one never does."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from asgiref.sync import sync_to_async
from django.conf import settings
from django.db import connection
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from provisioner.models import Run
from provisioner.run_status import RunStatus
from provisioner.runs.events import SentEvent
from tests.support import processes, stage
from tests.support.engine import eventually
from tests.support.portal_processes import free_port

APPLICATION = "portal.asgi:application"
NO_REDIS = "redis://127.0.0.1:9"


@dataclass(frozen=True)
class Web:
    """A web process: its port, its pid, and the address that browsers use."""

    port: int
    pid: int
    url: str

    def socket_of(self, run: Run, *, after: int = 0) -> str:
        return f"{self.url.replace('http', 'ws')}/ws/runs/{run.pk}/?after={after}"

    def resident_megabytes(self) -> float:
        status = Path(f"/proc/{self.pid}/status").read_text()
        return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS"))

    def is_open_to(self, port: int) -> bool:
        """Whether the process still has the connection from this local port open."""
        lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        ends = (f"{self.port:04X}", f"{port:04X}", "01")
        return ends in [(line[1].split(":")[1], line[2].split(":")[1], line[3]) for line in lines]


@contextmanager
def serving(
    *,
    redis_url: str = NO_REDIS,
    application: str = APPLICATION,
    url: str = "",
    options: tuple[str, ...] = (),
    **variables: str,
) -> Iterator[Web]:
    """A web process on the test's database; killed at the end. `url`: its address for browsers."""
    port = free_port()
    url = url or f"http://127.0.0.1:{port}"
    (Path(settings.VAR_DIR) / "staticfiles").mkdir(exist_ok=True)
    command = [sys.executable, "-m", "uvicorn", application, "--log-level", "critical", "--port", str(port)]
    given = processes.environment(PORTAL_URL=url, REDIS_URL=redis_url, **variables)
    with subprocess.Popen([*command, *options], env=given, cwd=processes.ROOT) as web:
        try:
            eventually(lambda: _listens(port))
            yield Web(port, web.pid, url)
        finally:
            with suppress(ProcessLookupError):
                os.kill(web.pid, signal.SIGKILL)


def _listens(port: int) -> bool:
    return f":{port:04X} 00000000:0000 0A" in Path("/proc/net/tcp").read_text()


@asynccontextmanager
async def watching(web: Web, run: Run, cookie: str, *, after: int = 0) -> AsyncIterator[ClientConnection]:
    """A browser's socket that reads on request and never pings."""
    origin: Any = web.url
    headers = {"Cookie": cookie}
    async with connect(
        web.socket_of(run, after=after),
        origin=origin,
        additional_headers=headers,
        ping_interval=None,
        open_timeout=90,
        max_size=None,
    ) as opened:
        yield opened


async def read_events(socket: ClientConnection, got: list[SentEvent], *, up_to: int) -> None:
    """Add events until the one with this number, or until the server closes the socket."""
    with suppress(ConnectionClosed):
        while not got or got[-1]["seq"] < up_to:
            frame = json.loads(await asyncio.wait_for(socket.recv(), timeout=90))
            got += frame.get("events", [])


def connect_without_reading(web: Web, run: Run, cookie: str) -> socket.socket:
    """A socket that never reads after its handshake, with the smallest receive buffer."""
    peer = socket.socket()
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    peer.connect(("127.0.0.1", web.port))
    head = {
        "Host": web.url.removeprefix("http://"),
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version": "13",
        "Origin": web.url,
        "Cookie": cookie,
    }
    lines = [
        f"GET /ws/runs/{run.pk}/?after=0 HTTP/1.1",
        *(f"{name}: {value}" for name, value in head.items()),
    ]
    peer.sendall("\r\n".join([*lines, "", ""]).encode())
    assert peer.recv(12) == b"HTTP/1.1 101"
    return peer


def in_a_thread(act: Callable[[], Any]) -> Any:
    """Call `act` in a thread, then close its connection: PostgreSQL could not drop the database otherwise."""

    def do() -> Any:
        try:
            return act()
        finally:
            connection.close()

    return sync_to_async(do)()


async def say(run: Run, *messages: str) -> int:
    """Append events, a thousand per transaction. Returns the run's last number."""

    def tell() -> int:
        for start in range(0, len(messages), 1000):
            stage.say(run, *messages[start : start + 1000])
        return Run.objects.get(pk=run.pk).last_seq

    last: int = await in_a_thread(tell)
    return last


async def move(run: Run, to: RunStatus) -> int:
    """Move the run to this status. Returns the run's last number."""

    def act() -> int:
        stage.move(run, to)
        return Run.objects.get(pk=run.pk).last_seq

    last: int = await in_a_thread(act)
    return last
