from __future__ import annotations

import http.server
import threading
from collections.abc import Callable, Iterator

import pytest

from provisioner.cloud import Account, simulated


@pytest.fixture
def account_that_says() -> Iterator[Callable[[bytes], str]]:
    servers: list[http.server.ThreadingHTTPServer] = []

    def start(body: bytes) -> str:
        class Answer(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200 if self.path == "/_lab/account" else 404)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        servers.append(server := http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer))
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_generation_is_reported_by_the_account(account_that_says: Callable[[bytes], str]) -> None:
    url = account_that_says(b'{"generation": "g-1"}')

    assert simulated.generation(url) == "g-1"


@pytest.mark.parametrize("body", [b"", b"[]", b"not json", b"{}", b"\xff\xfe"])
def test_generation_of_something_else_is_none(account_that_says: Callable[[bytes], str], body: bytes) -> None:
    url = account_that_says(body)

    assert simulated.generation(url) is None


def test_generation_of_an_account_without_our_extension_is_none(aws_endpoint: str) -> None:
    assert simulated.generation(aws_endpoint) is None


@pytest.mark.parametrize("url", ["", "file:///etc/passwd", "http://", "https://127.0.0.1:1"])
def test_generation_contacts_only_http_addresses(url: str) -> None:
    assert simulated.generation(url) is None


def test_generation_of_a_dead_account_is_none(unused_port: int) -> None:
    assert simulated.generation(f"http://127.0.0.1:{unused_port}") is None


def test_the_default_bucket_name_is_stable_valid_and_unique_per_account() -> None:
    one = Account("simulated", "simulated", "ap-northeast-2")
    other = Account("simulated", "simulated", "eu-west-1")

    name = simulated.default_bucket_name(one)

    assert name == simulated.default_bucket_name(one)
    assert name != simulated.default_bucket_name(other)
    assert len(name) == len("portal-state-") + 12
