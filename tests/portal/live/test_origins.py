"""Which pages may open a socket."""

from typing import Any

import pytest

from portal.live import origins

OURS = ["https://portal.example.com", "http://127.0.0.1:8000"]


async def is_admitted(*given: str) -> bool:
    """Does a socket with these Origin headers reach the application?"""
    reached: list[bool] = []

    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        reached.append(True)

    async def receive() -> dict[str, str]:
        return {"type": "websocket.connect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    sent: list[dict[str, Any]] = []
    headers = [(b"origin", each.encode("latin1")) for each in given]
    validator = origins.OriginValidator(application, OURS)
    await validator({"type": "websocket", "headers": headers}, receive, send)
    assert reached or [message["type"] for message in sent] == ["websocket.close"]
    return bool(reached)


@pytest.mark.parametrize(
    "origin",
    ["https://portal.example.com", "https://portal.example.com:443", "HTTPS://PORTAL.EXAMPLE.COM", OURS[1]],
)
async def test_the_portals_own_pages_are_admitted(origin: str) -> None:
    assert await is_admitted(origin)


@pytest.mark.parametrize(
    "origin",
    [
        "http://portal.example.com",
        "https://portal.example.com:8443",
        "https://evil.example",
        "https://portal.example.com.evil.example",
        "https://sub.portal.example.com",
        "https://portal.example.com@evil.example",
        "https://user@portal.example.com",
        "https://portal.example.com/page",
        "http://127.0.0.1:8001",
        "http://127.0.0.1",
        "http://127.0.0.1:99999",
        "http://127.0.0.1:x",
        "http://[::1",
        "null",
        "",
        "portal.example.com",
    ],
)
async def test_other_pages_are_refused(origin: str) -> None:
    assert not await is_admitted(origin)


async def test_a_socket_without_an_origin_is_refused() -> None:
    assert not await is_admitted()


async def test_a_socket_with_two_origins_is_refused() -> None:
    assert not await is_admitted(OURS[0], OURS[0])
