"""The codes with which the server closes a socket. The page's script tells them apart."""

from channels.generic.websocket import AsyncWebsocketConsumer

COMPLETE = 1000
BROKEN = 1011
TRY_LATER = 1013
BAD_FRAME = BAD_CURSOR = 4400
NO_SESSION = 4401
NO_LONGER_ALLOWED = 4403
NOT_FOUND = 4404
MAX_LIFETIME = 4408
TOO_MANY = 4429


class NotFoundConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """Accepts a socket and closes it with a code. A browser does not see why a handshake was refused."""

    # An alias without a channel layer: with one, the close would need Redis.
    channel_layer_alias = "none"

    async def connect(self) -> None:
        await self.accept()
        await self.close(code=NOT_FOUND)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Ignore what comes in before the close."""
