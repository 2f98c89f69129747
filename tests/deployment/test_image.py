"""The web server with the command of the image."""

import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from portal import configuration
from tests.support import portal_processes

# Docker kills a container that takes longer.
DOCKERS_PATIENCE_SECONDS = 10


@pytest.fixture
def port() -> int:
    return portal_processes.free_port()


@pytest.fixture
def server(port: int, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    found = re.search(
        r"^CMD (\[.uvicorn.*\])$", (configuration.ROOT / "Dockerfile").read_text(), re.MULTILINE
    )
    assert found
    program, *arguments = json.loads(found[1])
    for option, value in {"--host": "127.0.0.1", "--port": str(port)}.items():
        arguments[arguments.index(option) + 1] = value
    variables = portal_processes.environment(VAR_DIR=str(tmp_path), PORTAL_URL=f"http://127.0.0.1:{port}")
    process = subprocess.Popen(
        [sys.executable, "-m", program, *arguments], env=variables, cwd=configuration.ROOT
    )
    portal_processes.wait_for(f"http://127.0.0.1:{port}/healthz", process)
    yield process
    process.kill()
    process.wait()


def test_ends_in_time_during_a_request(server: subprocess.Popen[bytes], port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as slow:
        # A form whose body never arrives.
        slow.sendall(b"POST /sign-in/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\n")
        # Answered later by the same server, so the first request has been read.
        portal_processes.wait_for(f"http://127.0.0.1:{port}/healthz", server)
        server.send_signal(signal.SIGTERM)

        server.wait(timeout=DOCKERS_PATIENCE_SECONDS)
