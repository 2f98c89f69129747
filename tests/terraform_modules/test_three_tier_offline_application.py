"""The standard-library twin of the application, as a process, against a server that greets like MySQL."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

GREETING = b"\x4a\x00\x00\x00\x0a8.4.7\x00" + bytes(60)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def answers(port: int) -> bool:
    with socket.socket() as visitor:
        return visitor.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def app_env(tmp_path: Path) -> Path:
    path = tmp_path / "app.env"
    path.write_text("AWS_REGION=eu-west-1\n")
    return path


@pytest.fixture
def application(three_tier: Path, app_env: Path) -> Iterator[str]:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, three_tier / "offline/main.py"],
        env={"APP_PORT": str(port), "APP_SETTINGS": str(app_env)},
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 10
    while not answers(port):
        assert process.poll() is None
        assert time.monotonic() < deadline
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(5)


@dataclass
class Database:
    """A server that greets like MySQL, and counts whom."""

    port: int
    visitors: int = 0


@pytest.fixture
def database() -> Iterator[Database]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        made = Database(port=server.getsockname()[1])
        thread = threading.Thread(target=_greet, args=(server, made), daemon=True)
        thread.start()
        yield made
        # It wakes the thread. After the close, another socket could have the same file descriptor.
        server.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def _greet(server: socket.socket, database: Database) -> None:
    while True:
        try:
            visitor, _ = server.accept()
        except OSError:
            return
        database.visitors += 1
        with visitor:
            visitor.sendall(GREETING)


def get(address: str) -> tuple[int, dict[str, object]]:
    try:
        with urlopen(address, timeout=5) as answer:  # noqa: S310 - our own loopback server
            return answer.status, json.load(answer)
    except HTTPError as refusal:
        with refusal:
            return refusal.code, json.load(refusal)


class TestOfflineApplication:
    def test_is_healthy_while_no_database_is_announced(self, application: str) -> None:
        assert get(f"{application}/healthz") == (200, {"status": "ok"})
        assert get(f"{application}/db") == (
            503,
            {"status": "away", "reason": "no database is announced yet"},
        )
        assert get(f"{application}/readyz")[0] == 503
        assert get(f"{application}/version") == (200, {"version": "built-in, offline", "digest": None})

    def test_tells_the_version_once_the_database_is_announced(
        self, application: str, app_env: Path, database: Database
    ) -> None:
        app_env.write_text(f"AWS_REGION=eu-west-1\nDB_HOST=127.0.0.1\nDB_PORT={database.port}\n")

        assert get(f"{application}/db") == (200, {"status": "ok", "version": "8.4.7", "signed_in": False})
        assert get(f"{application}/readyz") == (200, {"status": "ready"})

    def test_asks_the_database_once_for_many_visitors(
        self, application: str, app_env: Path, database: Database
    ) -> None:
        app_env.write_text(f"DB_HOST=127.0.0.1\nDB_PORT={database.port}\n")

        answers = {get(f"{application}{path}")[0] for path in ("/db", "/readyz") * 10}

        assert answers == {200}
        assert database.visitors < 10
        # Of another database the kept answer says nothing.
        app_env.write_text(f"DB_HOST=127.0.0.1\nDB_PORT={free_port()}\n")
        assert get(f"{application}/db")[0] == 503

    def test_says_why_the_database_is_away(self, application: str, app_env: Path) -> None:
        app_env.write_text(f"DB_HOST=127.0.0.1\nDB_PORT={free_port()}\n")

        status, body = get(f"{application}/db")

        assert (status, body["status"]) == (503, "away")
        assert body["reason"] == "ConnectionRefusedError"
        assert get(f"{application}/healthz")[0] == 200

    def test_knows_no_other_address(self, application: str) -> None:
        assert get(f"{application}/admin")[0] == 404
