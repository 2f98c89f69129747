"""The protocol of the socket: `/ws/runs/<uuid>/?after=<seq>`, acknowledgments in, frames out."""

import asyncio
import contextlib
import json
import time
from urllib.parse import parse_qs

import structlog
from channels.generic.websocket import AsyncWebsocketConsumer

from portal.live import admission, close_codes, connection_limits, database, streaming
from provisioner.database import outage

log = structlog.get_logger(__name__)

MAX_FRAME_CHARACTERS = 256  # of a frame from a viewer
FRAMES_PER_WINDOW, WINDOW_SECONDS = 300, 10.0
SEND_LIMIT_SECONDS = 40.0  # as for the server's pings: one every 20 s, answered within 20 s


class RunConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """One viewer of one run."""

    # An alias without a channel layer. With one, Channels would subscribe here and fail without Redis.
    # The hub of the run listens to change notifications instead.
    channel_layer_alias = "none"
    task: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        # Accept first: a browser does not see why a handshake was refused.
        await self.accept()
        self.run_id = self.scope["url_route"]["kwargs"]["run_id"]
        self.credentials = admission.credentials_in(self.scope)
        self.frames, self.window_ends_at = 0, 0.0
        cursor = cursor_in(self.scope.get("query_string", b""))
        try:
            decision = admission.Decision(close_codes.BAD_CURSOR) if cursor is None else await self._decide()
        except outage.ERRORS:
            decision = admission.Decision(close_codes.TRY_LATER)
        if decision.close_code:
            await self.close(code=decision.close_code)
            return
        viewer = streaming.Viewer(send=self._send, check_access=self._check_access)
        self.stream = streaming.Stream(run_id=self.run_id, cursor=cursor or 0, viewer=viewer)
        self.task = asyncio.create_task(self._serve(decision.person))

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self.task is None:
            return
        if self._is_flood():
            await self.close(code=close_codes.TOO_MANY)
        elif (seq := acknowledged(text_data)) is None:
            await self.close(code=close_codes.BAD_FRAME)
        else:
            self.stream.acknowledge(seq)

    async def disconnect(self, code: int) -> None:
        if self.task is not None:
            self.task.cancel()
            await asyncio.wait([self.task])

    async def _serve(self, person: int | None) -> None:
        try:
            with connection_limits.connection_slot(person):
                code = await self.stream.run()
        except connection_limits.TooManyConnections:
            code = close_codes.TOO_MANY
        except Exception:
            # Also for a socket that closed while we sent. Closing it again does no harm.
            log.info("live stream aborted", run_id=str(self.run_id), exc_info=True)
            code = close_codes.BROKEN
        with contextlib.suppress(Exception):
            await self.close(code=code)

    async def _send(self, text: str) -> None:
        try:
            async with asyncio.timeout(SEND_LIMIT_SECONDS):
                await self.send(text_data=text)
        except TimeoutError:
            # This frees its slot. If the viewer comes back, it reconnects with its cursor.
            self.scope["abort"]()
            raise

    async def _check_access(self) -> int:
        return (await self._decide()).close_code

    async def _decide(self) -> admission.Decision:
        return await database.call(
            admission.decide,
            credentials=self.credentials,
            run_id=self.run_id,
            actor=admission.actor_of(self.scope),
        )

    def _is_flood(self) -> bool:
        now = time.monotonic()
        if now >= self.window_ends_at:
            self.frames, self.window_ends_at = 0, now + WINDOW_SECONDS
        self.frames += 1
        return self.frames > FRAMES_PER_WINDOW


def cursor_in(query: bytes) -> int | None:
    """The cursor in a query string, 0 if there is none; None if it is not a number."""
    given = parse_qs(query.decode("latin1"), keep_blank_values=True).get("after", ["0"])
    text = given[-1]
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def acknowledged(text: str | None) -> int | None:
    """The number in `{"ack": n}`; None for any other frame."""
    if text is None or len(text) > MAX_FRAME_CHARACTERS:
        return None
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        return None
    seq = frame.get("ack") if isinstance(frame, dict) else None
    return seq if isinstance(seq, int) and not isinstance(seq, bool) and seq >= 0 else None
