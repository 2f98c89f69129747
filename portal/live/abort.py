"""Drop the connection of a peer that never reads. An ASGI application can only ask for a clean close."""

from portal.live.asgi import Application, Receive, Scope, Send


def _do_nothing() -> None:
    """For a server other than uvicorn, and for tests."""


class AbortMiddleware:
    """Adds `abort` to the scope of a socket: a function that drops the connection immediately.

    uvicorn first writes what is left in the buffer before it closes a connection, also when its own pings are
    not answered. A peer that does not read prevents this for ever. uvicorn's `send` is a method of the object
    that has the transport.
    """

    def __init__(self, inner: Application) -> None:
        self.inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        transport = getattr(getattr(send, "__self__", None), "transport", None)
        abort = transport.abort if transport is not None else _do_nothing
        await self.inner({**scope, "abort": abort}, receive, send)
