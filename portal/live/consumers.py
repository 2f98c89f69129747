"""The socket's protocol: `/ws/runs/<uuid>/?after=<seq>`, acknowledgements in, frames out."""

import asyncio
import contextlib
import json
import time
from typing import Any
from urllib.parse import parse_qs

import structlog
from channels.generic.websocket import AsyncWebsocketConsumer

from portal.live import admission, close_codes, connection_limits, database, streaming
from provisioner.database import outage

log = structlog.get_logger(__name__)

LARGEST_FRAME = 256  # characters of a viewer's frame
FRAMES_PER_WINDOW, WINDOW_SECONDS = 300, 10.0
STALLED_SECONDS = 40.0  # as the server's pings: every 20 s, answered within 20 s


class RunConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """One viewer of one run."""

    # Channels would subscribe here, and fail the socket without Redis; the stream hears the bell by itself.
    channel_layer_alias = "deaf"
    task: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        # Accepted first: a browser does not see why a handshake was refused.
        await self.accept()
        self.run_id = self.scope["url_route"]["kwargs"]["run_id"]
        self.ticket = admission.ticket_of(self.scope)
        self.frames, self.window_ends_at = 0, 0.0
        cursor = cursor_of(self.scope.get("query_string", b""))
        try:
            answer = admission.Answer(close_codes.BAD_FRAME) if cursor is None else await self._ask()
        except outage.ERRORS:
            answer = admission.Answer(close_codes.TRY_LATER)
        if answer.refusal:
            await self.close(code=answer.refusal)
            return
        viewer = streaming.Viewer(send=self._send, refusal=self._refusal)
        self.stream = streaming.Stream(run_id=self.run_id, cursor=cursor or 0, viewer=viewer)
        self.task = asyncio.create_task(self._serve(answer.person))

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

    async def _serve(self, person: Any) -> None:
        try:
            with connection_limits.taken(person):
                code = await self.stream.run()
        except connection_limits.TooManyConnections:
            code = close_codes.TOO_MANY
        except Exception:
            # A socket that went away while we sent also ends here; closing it again does no harm.
            log.info("stream broken off", run_id=str(self.run_id), exc_info=True)
            code = close_codes.BROKEN
        with contextlib.suppress(Exception):
            await self.close(code=code)

    async def _send(self, text: str) -> None:
        try:
            async with asyncio.timeout(STALLED_SECONDS):
                await self.send(text_data=text)
        except TimeoutError:
            # Its place is given back; should it wake up, it comes again with its cursor.
            self.scope["hang_up"]()
            raise

    async def _refusal(self) -> int:
        return (await self._ask()).refusal

    async def _ask(self) -> admission.Answer:
        return await database.call(
            admission.asked,
            ticket=self.ticket,
            run_id=self.run_id,
            actor=admission.actor_of(self.scope),
        )

    def _is_flood(self) -> bool:
        now = time.monotonic()
        if now >= self.window_ends_at:
            self.frames, self.window_ends_at = 0, now + WINDOW_SECONDS
        self.frames += 1
        return self.frames > FRAMES_PER_WINDOW


def cursor_of(query: bytes) -> int | None:
    """The cursor in the address, 0 if there is none; None for one that is no number."""
    given = parse_qs(query.decode("latin1"), keep_blank_values=True).get("after", ["0"])
    text = given[-1]
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def acknowledged(text: str | None) -> int | None:
    """The number in `{"ack": n}`; None for any other frame."""
    if text is None or len(text) > LARGEST_FRAME:
        return None
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        return None
    seq = frame.get("ack") if isinstance(frame, dict) else None
    return seq if isinstance(seq, int) and not isinstance(seq, bool) and seq >= 0 else None
