"""Hanging up on a peer that never reads. An ASGI application can only ask for an end in peace."""

from typing import Any


def _in_vain() -> None:
    """Of a server that we do not know, and of a test's."""


class AbortMiddleware:
    """Gives a socket's scope `hang_up`, which drops the connection as it stands.

    uvicorn ends a connection, its own unanswered pings included, by writing first what is left to be written:
    a peer that does not read never lets it. Its `send` is a method of what holds the transport.
    """

    def __init__(self, inner: Any) -> None:
        self.inner = inner

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> Any:
        transport = getattr(getattr(send, "__self__", None), "transport", None)
        hang_up = transport.abort if transport is not None else _in_vain
        return await self.inner({**scope, "hang_up": hang_up}, receive, send)
