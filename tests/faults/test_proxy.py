"""The fault proxy itself: if it did nothing, tests that rely on it would prove nothing."""

import contextlib
import gc
import socket
import socketserver
import threading
import urllib.error
import urllib.request
import warnings
from collections.abc import Iterator

import pytest

from tests.faults.proxy import Fault, Proxy


class _Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        while block := self.request.recv(4096):
            self.request.sendall(block)


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    """A proxy in front of an echo server."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Echo) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        with Proxy(server.server_address) as between:  # type: ignore[arg-type]
            yield between
        server.shutdown()
        thread.join()


def echo(proxy: Proxy, output: bytes = b"hello") -> bytes:
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=1) as client:
        client.sendall(output)
        client.shutdown(socket.SHUT_WR)
        with client.makefile("rb") as heard:
            return heard.read()


def test_forwards_data(proxy: Proxy) -> None:
    assert echo(proxy) == b"hello"


@pytest.mark.parametrize(
    ("mode", "failure"),
    [
        ("refuse", ConnectionRefusedError),
        ("reset", ConnectionResetError),
        ("black-hole", TimeoutError),
    ],
)
def test_fails_on_command_and_recovers(proxy: Proxy, mode: str, failure: type[Exception]) -> None:
    proxy.fail(Fault(mode=mode))  # type: ignore[arg-type]

    with pytest.raises(failure):
        echo(proxy)

    proxy.heal()
    assert echo(proxy) == b"hello"


def test_delays(proxy: Proxy) -> None:
    proxy.fail(Fault(mode="delay", seconds=2))

    with pytest.raises(TimeoutError):
        echo(proxy)


def test_cuts_an_answer(proxy: Proxy) -> None:
    proxy.fail(Fault(mode="cut", bytes=3))

    with socket.create_connection(("127.0.0.1", proxy.port), timeout=1) as client:
        client.sendall(b"hello")
        assert client.recv(10, socket.MSG_WAITALL) in (b"hel", b"")


def test_answers_instead_of_the_bucket(proxy: Proxy) -> None:
    proxy.fail(Fault(mode="reply", status=403, code="ExpiredToken"))

    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"http://127.0.0.1:{proxy.port}/states", data=b"x" * 100_000)

    with refused.value as answer:
        assert answer.code == 403
        assert b"<Code>ExpiredToken</Code>" in answer.read()


def test_closes_connections_that_were_accepted_last() -> None:
    with socket.create_server(("127.0.0.1", 0)) as behind:
        for _ in range(20):
            with contextlib.ExitStack() as clients, Proxy(behind.getsockname()) as ending:
                for _ in range(8):
                    clients.enter_context(socket.create_connection(("127.0.0.1", ending.port), timeout=1))

    # The interpreter warns about connections that were not closed.
    with warnings.catch_warnings(record=True) as forgotten:
        warnings.simplefilter("always", ResourceWarning)
        gc.collect()
    assert [str(each.message) for each in forgotten] == []
