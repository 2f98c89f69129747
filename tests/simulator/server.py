"""Starts the simulator, or moto without our patches, as a process on a free port."""

import json
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import boto3
from botocore.config import Config

from simulator.json_types import JsonObject

REGION = "ap-northeast-2"
START_LIMIT_SECONDS = 60

# Starts moto without patches on a free port. moto's own command line does not print the port.
PLAIN_MOTO = """
import sys
from moto.server import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server
server = make_server("127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=True,
                     request_handler=MotoRequestHandler)
print(f"http://127.0.0.1:{server.server_port}", flush=True)
server.serve_forever()
"""


T = TypeVar("T")


@dataclass
class Account:
    """A running account. `client("s3")` is a boto3 client without retries."""

    process: "subprocess.Popen[str]"
    url: str
    greeting: str
    folder: Path | None = None

    def client(self, service: str, **options: object) -> Any:
        return _client(self.url, service, tuple(options.items()))

    def get_lab(self, path: str) -> JsonObject:
        with urlopen(f"{self.url}/_lab/{path}", timeout=10) as response:  # noqa: S310 - our own loopback server
            content: JsonObject = json.load(response)
        return content

    def request_lab(
        self, path: str, content: object = None, *, method: str = "POST"
    ) -> tuple[int, JsonObject]:
        """Status and body of the response to a change of the lab."""
        body = None if method == "DELETE" else json.dumps(content).encode()
        request = Request(  # noqa: S310 - our own loopback server
            f"{self.url}/_lab/{path}", data=body, method=method, headers={"Content-Type": "application/json"}
        )
        try:
            with urlopen(request, timeout=10) as response:  # noqa: S310
                return response.status, json.load(response)
        except HTTPError as error:
            with error:
                return error.code, json.load(error)

    def change_lab(self, path: str, content: object = None, *, method: str = "POST") -> JsonObject:
        """Change the lab, which must accept it. Returns the body of the response."""
        status, body = self.request_lab(path, content, method=method)
        assert status in (200, 201), body
        return body

    def kill(self) -> None:
        self.process.kill()
        self._wait()

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self._wait()

    def _wait(self) -> int:
        code = self.process.wait(30)
        if self.process.stdout is None:
            raise AssertionError("the process was started without a pipe")
        self.process.stdout.close()
        return code


@cache
def session() -> Any:
    """One session for all tests: it caches the service descriptions, which are slow to load."""
    return boto3.session.Session(
        aws_access_key_id="test",
        aws_secret_access_key="test",
        region_name=REGION,
    )


@cache
def _client(url: str, service: str, options: tuple[tuple[str, object], ...]) -> Any:
    once = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
    return session().client(service, endpoint_url=url, config=once, **dict(options))


def start(data: Path, *options: str) -> Account:
    """Start the simulator with the data folder `data`, and wait until it answers."""
    command = ["-m", "simulator", "--port", "0", "--data", str(data), *options]
    account = _started([sys.executable, *command])
    account.folder = data
    return account


def start_plain_moto() -> Account:
    return _started([sys.executable, "-c", PLAIN_MOTO])


@contextmanager
def running(data: Path, *options: str) -> Iterator[Account]:
    account = start(data, *options)
    try:
        yield account
    finally:
        account.stop()


def wait_for(condition: Callable[[], T | None], *, seconds: float = 20) -> T:
    """The first true value that `condition()` returns. Fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, "the condition did not become true in time"
        time.sleep(0.05)
    return value


def _started(command: list[str]) -> Account:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "MOTO_"))
    }
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    )
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], START_LIMIT_SECONDS)
    greeting = process.stdout.readline() if ready else ""
    found = re.search(r"http://\S+:\d+", greeting)
    if found is None:
        if ready:
            code = process.wait(10)
        else:
            process.kill()
            code = process.wait(10)
        process.stdout.close()
        raise AssertionError(f"the server did not start: {greeting!r}, exit code {code}")
    return Account(process=process, url=found[0], greeting=greeting)
