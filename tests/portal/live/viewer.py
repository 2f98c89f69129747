"""A viewer at the browser's end of the socket, against the complete ASGI application."""

import asyncio
import json
from typing import Any, Self, cast
from uuid import UUID

from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.conf import settings
from django.test import Client

from portal.accounts.models import User
from provisioner.runs.events import SentEvent

PATIENCE_SECONDS = 90.0


class Closed(Exception):
    """The server closed the socket."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def session_of(person: User) -> str:
    """The session cookie of a person who has just signed in."""
    client = Client()
    client.force_login(person)
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


class Viewer:
    """`async with Viewer(run_id, person) as viewer: await viewer.frame()`.

    `cookie`: the cookie of a person who is signed in already, instead of `person`.
    `room`: how many frames the network buffers before the server has to wait; 0: no limit.
    """

    def __init__(
        self,
        run_id: UUID | str,
        person: User | None = None,
        *,
        cookie: str = "",
        query: str = "",
        room: int = 0,
    ) -> None:
        self.cookie = cookie
        self.address = f"/ws/runs/{run_id}/{query}"
        self.person = person
        self.room = room

    async def __aenter__(self) -> Self:
        headers = [(b"origin", settings.WEBSOCKET_ORIGINS[0].encode()), (b"user-agent", b"Firefox")]
        if self.person is not None:
            self.cookie = await sync_to_async(session_of)(self.person)
        if self.cookie:
            headers.append((b"cookie", self.cookie.encode()))
        # Only here: the application reads the settings when it is imported, and a test changes them.
        from portal import asgi

        path, _, query = self.address.partition("?")
        scope: dict[str, Any] = {
            "type": "websocket",
            "path": path,
            "query_string": query.encode(),
            "headers": headers,
        }
        # The communicator of Channels is in a package that needs daphne.
        scope |= {"client": ("127.0.0.1", 5000)}
        self.socket = cast("Any", ApplicationCommunicator)(asgi.application, scope)
        self.socket._output_queue = asyncio.Queue(self.room)
        await self.socket.send_input({"type": "websocket.connect"})
        answer = await self.socket.receive_output(timeout=PATIENCE_SECONDS)
        assert answer["type"] == "websocket.accept"
        return self

    async def __aexit__(self, *problem: object) -> None:
        await self.socket.send_input({"type": "websocket.disconnect", "code": 1005})
        await self.socket.wait(timeout=PATIENCE_SECONDS)

    async def frame(self) -> dict[str, Any]:
        """The next frame. Raises Closed."""
        message = await self.socket.receive_output(timeout=PATIENCE_SECONDS)
        if message["type"] == "websocket.close":
            raise Closed(message["code"])
        frame: dict[str, Any] = json.loads(message["text"])
        return frame

    async def say(self, frame: object) -> None:
        """Send a frame: bytes and texts as they are, anything else as JSON."""
        kind = "bytes" if isinstance(frame, bytes) else "text"
        content = frame if isinstance(frame, (str, bytes)) else json.dumps(frame)
        await self.socket.send_input({"type": "websocket.receive", kind: content})

    async def is_silent(self, *, for_seconds: float) -> bool:
        """Does the server send nothing for this long?"""
        return bool(await self.socket.receive_nothing(timeout=for_seconds))

    @property
    def is_full(self) -> bool:
        """Is the buffer full, so that the server waits?"""
        return bool(self.socket.output_queue.full())

    async def events(self, *, up_to: int) -> list[SentEvent]:
        """The events up to the one with this number."""
        found: list[SentEvent] = []
        while not found or found[-1]["seq"] < up_to:
            found += (await self.frame()).get("events", [])
        return found

    async def closing(self) -> int:
        """The code with which the server closes the socket. Ignores what it sends before."""
        while True:
            try:
                await self.frame()
            except Closed as closed:
                return closed.code
