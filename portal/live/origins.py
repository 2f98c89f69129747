"""Which pages may open a socket: those of the portal itself, compared by scheme, host and port.

A program with a bearer token is not a page: a browser does not let a page set that header.
"""

from collections.abc import Iterable
from urllib.parse import urlsplit

from portal.live.asgi import Application, Receive, Scope, Send

Origin = tuple[str, str, int | None]

DEFAULT_PORTS = {"http": 80, "https": 443}


class OriginValidator:
    """Refuses a socket that has no Origin header, two of them, or one that is not exactly the portal's.

    The validator of Channels raises for an Origin with a malformed port, and ignores user names and paths.
    """

    def __init__(self, application: Application, allowed: Iterable[str]) -> None:
        self.application = application
        self.allowed = {origin for text in allowed if (origin := parsed(text))}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = scope.get("headers", [])
        given = [value.decode("latin1") for name, value in headers if name == b"origin"]
        is_own_page = len(given) == 1 and parsed(given[0]) in self.allowed
        is_program = not given and any(name == b"authorization" for name, _ in headers)
        if is_own_page or is_program:
            await self.application(scope, receive, send)
        else:
            await receive()
            # Before the socket is accepted: the handshake is answered with 403.
            await send({"type": "websocket.close"})


def parsed(text: str) -> Origin | None:
    """Scheme, host and port of an origin; None for anything that is more or less than an origin."""
    try:
        parts = urlsplit(text)
        port = parts.port or DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return None
    more = parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc
    return None if more or not parts.hostname else (parts.scheme, parts.hostname, port)
