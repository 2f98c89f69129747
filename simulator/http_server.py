"""The HTTP server: one thread per connection, connections stay open, one write per response."""

import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from wsgiref.types import WSGIApplication

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import ThreadedWSGIServer

from simulator.aws_errors import NoResponse
from simulator.request_lock import Closed

log = logging.getLogger(__name__)

# Longer than the limit of Go clients (90 s): they close first, and never write into a closed connection.
IDLE_LIMIT_SECONDS = 120


class Handler(MotoRequestHandler):
    """Werkzeug's handler with persistent connections.

    Werkzeug closes every connection, because it cannot know whether an application read the whole body. Our
    application always reads it, so the next request can follow on the same connection.
    """

    server: "Server"
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = IDLE_LIMIT_SECONDS

    def handle_expect_100(self) -> bool:
        agreed = super().handle_expect_100()
        # Without a flush it stays in our buffer, and boto3 waits a second for it before every upload.
        self.wfile.flush()
        return agreed

    def run_wsgi(self) -> None:
        status, headers = "500 Internal Server Error", list[tuple[str, str]]()

        def start_response(
            new_status: str, new_headers: list[tuple[str, str]], exc_info: object = None
        ) -> Any:
            nonlocal status, headers
            status, headers = new_status, new_headers

        self.environ = environ = self.make_environ()
        with self.server.answering():
            try:
                body = b"".join(self.server.app(environ, start_response))
            except (Closed, NoResponse):
                # Close without a response: the client knows that nothing was done, and retries.
                self.close_connection = True
                return
            except Exception:
                log.exception("no response to %s", self.requestline)
                body = b""
                # It is unknown how much of the request was read.
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
    """Listens from its creation on. `server_port` is its port."""

    daemon_threads = True
    # A three-tier apply opens all its connections at once.
    request_queue_size = 128

    def __init__(self, host: str, port: int, app: WSGIApplication) -> None:
        super().__init__(host, port, app, handler=Handler)
        self._condition = threading.Condition()
        self._unanswered = 0

    @contextmanager
    def answering(self) -> Iterator[None]:
        with self._condition:
            self._unanswered += 1
        try:
            yield
        finally:
            with self._condition:
                self._unanswered -= 1
                self._condition.notify_all()

    def wait_until_answered(self, *, limit_seconds: float) -> None:
        """Return when every request has its response, or after the limit."""
        with self._condition:
            self._condition.wait_for(lambda: self._unanswered == 0, timeout=limit_seconds)

    def server_bind(self) -> None:
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        super().server_bind()

    def handle_error(self, request: Any, client_address: Any) -> None:
        log.debug("connection from %s failed", client_address, exc_info=True)
