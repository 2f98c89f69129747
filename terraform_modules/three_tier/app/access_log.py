"""One line for each request, as name=value: what was asked, what was answered, how long it took."""

import json
import logging
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Message, Receive, Send], Awaitable[None]]

log = logging.getLogger("app.access")


class AccessLog:
    """ASGI middleware. The query is left out: it is where people put tokens."""

    def __init__(self, app: Application) -> None:
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = time.monotonic(), 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            # The load balancer asks every ten seconds; only a failure is worth a line.
            if scope["path"] != "/healthz" or status != 200:
                log.info(
                    "access method=%s path=%s status=%d ms=%.1f client=%s",
                    scope["method"],
                    json.dumps(scope["path"]),
                    status,
                    (time.monotonic() - began) * 1000,
                    (scope["client"] or ("-",))[0],
                )
