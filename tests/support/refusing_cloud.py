"""Moto servers that can reject every write, or delay reads of the state."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

_REFUSAL = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
_LONGEST_STALL_SECONDS = 30


class RefusingCloud:
    """While `refuses` is set, every PUT and DELETE gets 403, as without permission.

    While `stalls` is set, reads of a state wait after a lock was written.
    """

    def __init__(self) -> None:
        self.refuses, self.stalls = threading.Event(), threading.Event()
        self._is_locked, self._goes_on = threading.Event(), threading.Event()
        self._inner = DomainDispatcherApplication(create_backend_app)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        if self.refuses.is_set() and method in ("PUT", "DELETE"):
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            start_response("403 Forbidden", [("Content-Type", "application/xml")])
            return [_REFUSAL]
        if self._is_locked.is_set() and method in ("GET", "HEAD") and path.endswith(".tfstate"):
            self._goes_on.wait(_LONGEST_STALL_SECONDS)
        answer: Iterable[bytes] = self._inner(environ, start_response)
        if self.stalls.is_set() and method == "PUT" and path.endswith(".tflock"):
            self._is_locked.set()
        return answer

    def stop_stalling(self) -> None:
        """Answer all waiting and all later requests."""
        self.stalls.clear()
        self._goes_on.set()


@contextmanager
def refusing_cloud() -> Iterator[tuple[str, threading.Event]]:
    """Its address, and the event that makes it reject writes."""
    cloud = RefusingCloud()
    with _served(cloud) as address:
        yield address, cloud.refuses


@contextmanager
def stalling_cloud() -> Iterator[tuple[str, RefusingCloud]]:
    """Its address and the server."""
    cloud = RefusingCloud()
    with _served(cloud) as address:
        yield address, cloud


@contextmanager
def _served(cloud: RefusingCloud) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, cloud, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        cloud.stop_stalling()
        server.shutdown()
        thread.join()
