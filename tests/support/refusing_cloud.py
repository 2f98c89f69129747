"""Moto servers that can be made to refuse every write, or to leave a read of the state without an answer."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

_REFUSAL = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
_LONGEST_STALL_SECONDS = 30


class RefusingCloud:
    """`refuses`: set it, and every PUT and DELETE is answered with 403, as where a permission was taken away.

    `stalls`: set it, and once a lock is put, nobody who asks for a state is answered before it is cleared.
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

    def go_on(self) -> None:
        """Answer everybody who waits, and everybody after."""
        self.stalls.clear()
        self._goes_on.set()


@contextmanager
def refusing_cloud() -> Iterator[tuple[str, threading.Event]]:
    """Its address, and the switch that makes it refuse."""
    cloud = RefusingCloud()
    with _served(cloud) as address:
        yield address, cloud.refuses


@contextmanager
def stalling_cloud() -> Iterator[tuple[str, RefusingCloud]]:
    """Its address, and itself."""
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
        cloud.go_on()
        server.shutdown()
        thread.join()
