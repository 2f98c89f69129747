"""Which pages may open a socket: those of the portal itself, compared by scheme, host and port.

A program with a bearer token is no page: a browser lets no page set that header.
"""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

Application = Callable[[dict[str, Any], Any, Any], Awaitable[None]]
Origin = tuple[str, str, int | None]

DEFAULT_PORTS = {"http": 80, "https": 443}


class OriginValidator:
    """Refuses a socket without an Origin, with two, or with one that is not exactly ours.

    Channels' own validator ends in a traceback for an Origin with a malformed port, and takes user names
    and paths as part of a good one.
    """

    def __init__(self, application: Application, allowed: Iterable[str]) -> None:
        self.application = application
        self.allowed = {origin for text in allowed if (origin := parsed(text))}

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        headers = scope.get("headers", [])
        given = [value.decode("latin1") for name, value in headers if name == b"origin"]
        is_ours = len(given) == 1 and parsed(given[0]) in self.allowed
        is_program = not given and any(name == b"authorization" for name, _ in headers)
        if is_ours or is_program:
            await self.application(scope, receive, send)
        else:
            await receive()
            # Before it was accepted: the handshake is answered with 403.
            await send({"type": "websocket.close"})


def parsed(text: str) -> Origin | None:
    """Scheme, host and port of an origin; None for anything that is not just an origin."""
    try:
        parts = urlsplit(text)
        port = parts.port or DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return None
    more = parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc
    return None if more or not parts.hostname else (parts.scheme, parts.hostname, port)
