"""The web process as it runs in production: uvicorn, a WebSocket client, no Redis."""

import asyncio
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from portal.accounts import tokens
from portal.accounts.models import User
from portal.live import close_codes
from provisioner.models import Run
from provisioner.run_status import RunStatus
from provisioner.runs import events
from tests.portal.live.viewer import session_of
from tests.support import portal_processes, stage

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def server(django_db_setup: None, var_dir: Path) -> Iterator[str]:
    (var_dir / "staticfiles").mkdir(exist_ok=True)
    with portal_processes.web(var_dir, redis_url="redis://127.0.0.1:1") as url:
        yield url


@pytest.fixture
def cookie(alice: User) -> str:
    return session_of(alice)


def connect_page(server: str, run: Run, cookie: str, *, origin: str | None, after: int = 0) -> connect:
    address = f"{server.replace('http', 'ws')}/ws/runs/{run.pk}/?after={after}"
    return connect(address, origin=origin, additional_headers={"Cookie": cookie}, open_timeout=90)  # type: ignore[arg-type]


def connect_program(server: str, run: Run, token: str, *, origin: str | None = None) -> connect:
    address = f"{server.replace('http', 'ws')}/ws/runs/{run.pk}/"
    headers = {"Authorization": f"Bearer {token}"}
    return connect(address, origin=origin, additional_headers=headers, open_timeout=90)  # type: ignore[arg-type]


async def received(socket: ClientConnection) -> dict[str, Any]:
    frame: dict[str, Any] = json.loads(await asyncio.wait_for(socket.recv(), timeout=90))
    return frame


class TestToken:
    async def test_admits_a_program_without_an_origin(
        self, server: str, applied_run: Run, alice: User
    ) -> None:
        token = await sync_to_async(tokens.create)(user=alice, name="", now=timezone.now())

        async with connect_program(server, applied_run, token) as socket:
            frame = await received(socket)

        assert frame["events"][0]["seq"] == 1

    async def test_that_is_unknown_closes_with_no_session(self, server: str, applied_run: Run) -> None:
        async with connect_program(server, applied_run, "pp_guessed") as socket:
            with pytest.raises(ConnectionClosed) as closed:
                await received(socket)

        assert closed.value.rcvd
        assert closed.value.rcvd.code == close_codes.NO_SESSION

    async def test_of_a_person_outside_the_team_closes_with_not_found(
        self, server: str, applied_run: Run, mallory: User
    ) -> None:
        token = await sync_to_async(tokens.create)(user=mallory, name="", now=timezone.now())

        async with connect_program(server, applied_run, token) as socket:
            with pytest.raises(ConnectionClosed) as closed:
                await received(socket)

        assert closed.value.rcvd
        assert closed.value.rcvd.code == close_codes.NOT_FOUND

    async def test_does_not_admit_a_page_of_another_site(
        self, server: str, applied_run: Run, alice: User
    ) -> None:
        token = await sync_to_async(tokens.create)(user=alice, name="", now=timezone.now())

        with pytest.raises(InvalidStatus) as refused:
            await connect_program(server, applied_run, token, origin="https://evil.example")

        assert refused.value.response.status_code == 403


class TestOrigin:
    @pytest.mark.parametrize("kind", ["evil", "another port", "https", "missing", "null"])
    async def test_of_another_site_is_refused_in_the_handshake(
        self, server: str, applied_run: Run, cookie: str, kind: str
    ) -> None:
        origin = {
            "evil": "https://evil.example",
            "another port": "http://127.0.0.1:1",
            "https": server.replace("http", "https"),
            "missing": None,
            "null": "null",
        }[kind]

        with pytest.raises(InvalidStatus) as refused:
            await connect_page(server, applied_run, cookie, origin=origin).__aenter__()

        assert refused.value.response.status_code == 403

    async def test_of_the_portal_is_admitted(self, server: str, applied_run: Run, cookie: str) -> None:
        async with connect_page(server, applied_run, cookie, origin=server) as socket:
            frame = await received(socket)

        assert frame["events"][0]["seq"] == 1


class TestStream:
    async def test_that_was_cut_and_resumed_equals_the_stored_event_log(
        self, server: str, applying_run: Run, cookie: str
    ) -> None:
        say, move = sync_to_async(stage.say), sync_to_async(stage.move)
        await say(applying_run, *(f"line {number} \N{SNOWMAN}" for number in range(1200)))
        got: list[dict[str, Any]] = []

        async with connect_page(server, applying_run, cookie, origin=server) as socket:
            got += (await received(socket))["events"]
        async with connect_page(server, applying_run, cookie, origin=server, after=got[-1]["seq"]) as socket:
            got += (await received(socket))["events"]
        await say(applying_run, "while nobody watched")
        async with connect_page(server, applying_run, cookie, origin=server, after=got[-1]["seq"]) as socket:
            while got[-1]["message"] != "while nobody watched":
                got += (await received(socket)).get("events", [])
            await move(applying_run, RunStatus.APPLIED)
            while not (frame := await received(socket)).get("end"):
                got += frame.get("events", [])
            with pytest.raises(ConnectionClosed) as closed:
                await received(socket)

        lines = "".join(events.canonical_line(event) for event in got)
        assert [event["seq"] for event in got] == list(range(1, frame["count"] + 1))
        assert frame["sha256"] == hashlib.sha256(lines.encode()).hexdigest()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1000
        async with httpx.AsyncClient(base_url=server, headers={"Cookie": cookie}) as browser:
            download = await browser.get(f"/runs/{applying_run.pk}/log.jsonl")
        assert hashlib.sha256(download.content).hexdigest() == frame["sha256"]

    async def test_over_http_waits_for_the_next_event(
        self, server: str, applying_run: Run, cookie: str
    ) -> None:
        cursor = applying_run.last_seq
        address = f"/api/v1/runs/{applying_run.pk}/events/?after={cursor}&wait=20"
        async with httpx.AsyncClient(base_url=server, headers={"Cookie": cookie}, timeout=30) as browser:
            waiting = asyncio.create_task(browser.get(address))
            await asyncio.wait([waiting], timeout=0.5)
            assert not waiting.done()
            await sync_to_async(stage.say)(applying_run, "at last")
            document = (await waiting).json()

        assert [event["message"] for event in document["events"]] == ["at last"]

    async def test_of_a_person_outside_the_team_is_closed_with_a_code_that_a_browser_sees(
        self, server: str, applying_run: Run, mallory: User
    ) -> None:
        cookie = await sync_to_async(session_of)(mallory)

        async with connect_page(server, applying_run, cookie, origin=server) as socket:
            with pytest.raises(ConnectionClosed) as closed:
                await received(socket)

        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 4404
