"""A demo for a benchmark, on free ports and in a temporary folder, and a client for its API."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

ROOT = Path(__file__).resolve().parent.parent
BLUEPRINTS = Path(__file__).resolve().parent / "blueprints"
POLL_SECONDS = 0.1


class Portal:
    """A running demo and a token for its API."""

    def __init__(self, described: dict[str, Any], *, environment: dict[str, str], token: str) -> None:
        self.url: str = described["portal"]
        self.aws: str = described["aws_endpoint"]
        self.processes: dict[str, int] = described["processes"]
        self.environment, self.token = environment, token

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """The answer of the API."""
        request = urllib.request.Request(  # noqa: S310  a loopback address
            self.url + path,
            method=method,
            data=json.dumps(body).encode() if body is not None else None,
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return json.load(answer)

    def create(self, order: dict[str, Any]) -> float:
        """Seconds from the request until the run's last event has arrived and the environment is ready.

        The run is watched over the WebSocket, like the run page does it.
        """
        start = time.monotonic()
        environment = self.call("POST", "/api/v1/environments/", order)
        with self.watched(environment["latest_run"]["id"]) as frames:
            while not json.loads(frames.recv()).get("end"):
                pass
        seconds = time.monotonic() - start
        environment = self.call("GET", f"/api/v1/environments/{environment['id']}/")
        if environment["status"] != "ready":
            raise SystemExit(f"the portal's environment became {environment['status']}: {environment}")
        return seconds

    def watched(self, run_id: str) -> ClientConnection:
        """A WebSocket that receives the run's events from the first one."""
        address = f"{self.url.replace('http', 'ws', 1)}/ws/runs/{run_id}/"
        headers = {"Authorization": f"Bearer {self.token}"}
        return connect(address, additional_headers=headers, max_size=None)


@contextmanager
def running(folder: Path, **settings: str) -> Iterator[Portal]:
    """A demo that runs until the block ends; `settings` are environment variables."""
    environment = {**os.environ, "VAR_DIR": str(folder / "var"), "PORT": str(_free_port()), "FIRST": "0"}
    environment |= settings
    demo = subprocess.Popen(
        [sys.executable, "-m", "portal.demo"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL
    )
    try:
        described = _wait_for(folder / "var/demo.json", demo)
        arguments = [sys.executable, "manage.py", "token", "alice"]
        token = subprocess.run(
            arguments, cwd=ROOT, env=environment, check=True, capture_output=True, text=True
        )
        yield Portal(described, environment=environment, token=token.stdout.split()[-1])
    finally:
        demo.send_signal(signal.SIGINT)
        demo.wait(90)


def with_small_blueprints() -> dict[str, str]:
    """Settings that add the blueprints of the benchmarks to the catalog."""
    return {"BLUEPRINT_DIRS": str(BLUEPRINTS), "BLUEPRINTS_TRUSTED": "1"}


def _wait_for(path: Path, demo: subprocess.Popen[bytes]) -> dict[str, Any]:
    while demo.poll() is None:
        if path.exists() and len((found := json.loads(path.read_text()))["processes"]) == 6:
            return dict(found)
        time.sleep(POLL_SECONDS)
    raise SystemExit("the demo ended before it was ready; its output is above")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
