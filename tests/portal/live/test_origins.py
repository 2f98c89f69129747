from typing import Any

import pytest

from portal.live import origins

OURS = ["https://portal.example.com", "http://127.0.0.1:8000"]


async def is_let_in(*given: str) -> bool:
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
    door = origins.OriginValidator(application, OURS)
    await door({"type": "websocket", "headers": headers}, receive, send)
    assert reached or [message["type"] for message in sent] == ["websocket.close"]
    return bool(reached)


@pytest.mark.parametrize(
    "origin",
    ["https://portal.example.com", "https://portal.example.com:443", "HTTPS://PORTAL.EXAMPLE.COM", OURS[1]],
)
async def test_our_own_pages_are_let_in(origin: str) -> None:
    assert await is_let_in(origin)


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
async def test_any_other_page_is_not(origin: str) -> None:
    assert not await is_let_in(origin)


async def test_a_socket_without_an_origin_is_not() -> None:
    assert not await is_let_in()


async def test_a_socket_with_two_origins_is_not() -> None:
    assert not await is_let_in(OURS[0], OURS[0])
