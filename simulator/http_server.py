"""HTTP for the account: one thread per connection, connections stay open, one write per answer."""

import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import ThreadedWSGIServer

from simulator.gate import Ended
from simulator.refusals import Unanswered

log = logging.getLogger(__name__)

# Longer than a Go client's own limit (90 s): it closes first, and never writes into a closed connection.
IDLE_LIMIT_SECONDS = 120


class Handler(MotoRequestHandler):
    """Werkzeug's handler without what makes it slow here.

    Werkzeug closes every connection, because it cannot know whether an application read the whole body. Ours
    always does (`application.Application`), so the next request may follow.
    """

    server: "Server"
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = IDLE_LIMIT_SECONDS

    def handle_expect_100(self) -> bool:
        agreed = super().handle_expect_100()
        # Still in our buffer; boto3 waits a second for it before every upload.
        self.wfile.flush()
        return agreed

    def run_wsgi(self) -> None:
        status, headers = "500 Internal Server Error", list[tuple[str, str]]()

        def start_response(*started: Any) -> Any:
            nonlocal status, headers
            status, headers = started[:2]

        self.environ = environ = self.make_environ()
        with self.server.answering():
            try:
                body = b"".join(self.server.app(environ, start_response))
            except (Ended, Unanswered):
                # No answer at all: the client knows that nothing was done, and asks again.
                self.close_connection = True
                return
            except Exception:
                log.exception("no answer to %s", self.requestline)
                body = b""
                # Nobody knows how much of the request was read.
                self.close_connection = True
            self._send(status, headers, body)

    def _send(self, status: str, headers: list[tuple[str, str]], body: bytes) -> None:
        code, _, reason = status.partition(" ")
        self.send_response(int(code), reason)
        names = set()
        for name, value in headers:
            if name.lower() != "connection":
                self.send_header(name, value)
            names.add(name.lower())
        if "content-length" not in names and int(code) not in (204, 304):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        log.debug("%s %s", self.requestline, code)

    def log_error(self, format: str, *args: Any) -> None:
        log.debug(format, *args)


class Server(ThreadedWSGIServer):
    """Listens as soon as it exists. `server_port` is the port it got."""

    daemon_threads = True
    # A whole three-tier apply opens its connections at once.
    request_queue_size = 128

    def __init__(self, host: str, port: int, app: Any) -> None:
        super().__init__(host, port, app, handler=Handler)
        self._answers = threading.Condition()
        self._pending = 0

    @contextmanager
    def answering(self) -> Iterator[None]:
        with self._answers:
            self._pending += 1
        try:
            yield
        finally:
            with self._answers:
                self._pending -= 1
                self._answers.notify_all()

    def wait_until_answered(self, *, limit_seconds: float) -> None:
        """Return when every request has its answer, or after the limit."""
        with self._answers:
            self._answers.wait_for(lambda: self._pending == 0, timeout=limit_seconds)

    def server_bind(self) -> None:
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        super().server_bind()

    def handle_error(self, request: Any, client_address: Any) -> None:
        log.debug("connection from %s broke", client_address, exc_info=True)
