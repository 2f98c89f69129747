"""A TCP proxy in front of S3, Redis or PostgreSQL that fails on command, immediately."""

import asyncio
import contextlib
import socket
import struct
import threading
from dataclasses import dataclass
from typing import Literal, Self

Mode = Literal["pass", "refuse", "reset", "black-hole", "delay", "cut", "reply"]
_BLOCK = 65536
_ABORT = struct.pack("ii", 1, 0)  # SO_LINGER of zero seconds: close() sends RST


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What the proxy does.

    `refuse`: the port is closed. `reset`: accepted and reset. `black-hole`: accepted, never answered.
    `delay`: each block waits `seconds`. `cut`: reset after `bytes` of the answer. `reply`: the proxy answers
    each HTTP request itself, with `status` and S3's error `code`.
    """

    mode: Mode
    seconds: float = 0.0
    bytes: int = 0
    status: int = 503
    code: str = "SlowDown"


PASS = Fault(mode="pass")


class Proxy:
    """`with Proxy(("127.0.0.1", 6379)) as proxy:` then connect to `proxy.port`; `proxy.fail(Fault(...))`."""

    def __init__(self, target: tuple[str, int]) -> None:
        self.target = target
        self.port = 0
        self.accepted = 0
        self._fault = PASS
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="fault-proxy", daemon=True)
        # Not asyncio's server: it loses a connection that it accepted just before it was closed.
        self._listening: socket.socket | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        return self

    def __exit__(self, *problem: object) -> None:
        asyncio.run_coroutine_threadsafe(self._shut(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def fail(self, fault: Fault) -> None:
        """Fail from now on. `black-hole` and `delay` affect open connections, too; others close them."""
        asyncio.run_coroutine_threadsafe(self._switch(fault), self._loop).result(10)

    def heal(self) -> None:
        self.fail(PASS)

    async def _switch(self, fault: Fault) -> None:
        self._fault = fault
        if fault.mode in ("refuse", "reset", "cut", "reply"):
            self._reset_all()
        if fault.mode == "refuse":
            self._stop_listening()
        elif self._listening is None:
            await self._listen()

    async def _listen(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", self.port))
        self._listening.setblocking(False)
        self.port = self._listening.getsockname()[1]
        self._loop.add_reader(self._listening, self._accept, self._listening)

    def _stop_listening(self) -> None:
        if self._listening is not None:
            self._loop.remove_reader(self._listening)
            self._listening.close()
            self._listening = None

    def _accept(self, listening: socket.socket) -> None:
        with contextlib.suppress(BlockingIOError, ConnectionAbortedError):
            connection, _ = listening.accept()
            connection.setblocking(False)
            self.accepted += 1
            task = self._loop.create_task(self._handle(connection))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _shut(self) -> None:
        self._stop_listening()
        # Let every task start: only then can it close its connection.
        await asyncio.sleep(0)
        self._reset_all()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        # The transports are closed in the next iterations of the loop.
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    def _reset_all(self) -> None:
        for writer in list(self._open):
            _reset(writer)

    async def _handle(self, connection: socket.socket) -> None:
        try:
            reader, writer = await asyncio.open_connection(sock=connection)
        except (OSError, asyncio.CancelledError):
            connection.close()
            return
        self._open.add(writer)
        try:
            await self._serve(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            _reset(writer)
        finally:
            writer.close()
            self._open.discard(writer)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # `refuse`, too: the connection was accepted just before the port was closed.
        if self._fault.mode in ("reset", "refuse"):
            raise ConnectionResetError
        if self._fault.mode == "reply":
            await self._reply(reader, writer)
            return
        behind_reader, behind_writer = await asyncio.open_connection(*self.target)
        self._open.add(behind_writer)
        ways = [
            asyncio.ensure_future(self._pump(reader, behind_writer, is_answer=False)),
            asyncio.ensure_future(self._pump(behind_reader, writer, is_answer=True)),
        ]
        try:
            await asyncio.gather(*ways)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            behind_writer.close()
            self._open.discard(behind_writer)

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_answer: bool
    ) -> None:
        passed = 0
        while (block := await reader.read(_BLOCK)) or self._fault.mode == "black-hole":
            if self._fault.mode == "black-hole":
                # The end of the stream is not forwarded either.
                await asyncio.sleep(0 if block else 0.1)
                continue
            if self._fault.mode == "delay":
                await asyncio.sleep(self._fault.seconds)
            if is_answer and self._fault.mode == "cut" and passed + len(block) > self._fault.bytes:
                writer.write(block[: self._fault.bytes - passed])
                await writer.drain()
                raise ConnectionResetError
            passed += len(block)
            writer.write(block)
            await writer.drain()
        writer.write_eof()

    async def _reply(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        length = next(
            (line.split(":")[1] for line in head.split("\r\n") if line.startswith("content-length")), "0"
        )
        await reader.readexactly(int(length))
        code = self._fault.code
        body = f"<Error><Code>{code}</Code><Message>{code}, says the proxy.</Message></Error>".encode()
        answer = f"HTTP/1.1 {self._fault.status} {code}\r\nContent-Type: application/xml\r\n"
        writer.write(f"{answer}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode())
        if not head.startswith("head "):
            writer.write(body)
        await writer.drain()
        writer.write_eof()
        # Wait until the client has read it: a reset would discard the answer.
        await reader.read()


def _reset(writer: asyncio.StreamWriter) -> None:
    if (sock := writer.get_extra_info("socket")) is not None:
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
    writer.close()
