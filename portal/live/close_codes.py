"""Why a socket was closed: codes that the page tells apart."""

from typing import Any

from channels.generic.websocket import AsyncWebsocketConsumer

COMPLETE = 1000
BROKEN = 1011
TRY_LATER = 1013
BAD_FRAME = BAD_CURSOR = 4400
NO_SESSION = 4401
NO_LONGER_ALLOWED = 4403
UNKNOWN = 4404
LIVED_LONG_ENOUGH = 4408
TOO_MANY = 4429


class Refused(AsyncWebsocketConsumer):  # type: ignore[misc]
    """Accepts only to close with a code: a browser does not see why a handshake was refused."""

    # No channel layer: without Redis it could not even refuse.
    channel_layer_alias = "deaf"
    code = UNKNOWN

    async def connect(self) -> None:
        await self.accept()
        await self.close(code=self.code)

    async def receive(self, text_data: Any = None, bytes_data: Any = None) -> None:
        """Whatever comes in meanwhile is not looked at."""
