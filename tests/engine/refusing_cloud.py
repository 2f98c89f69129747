"""A moto server that can be told to refuse every write, as S3 does where a permission was taken away."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

_REFUSAL = b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"


class RefusingCloud:
    """`refuses`: set it, and every PUT and DELETE is answered with 403."""

    def __init__(self) -> None:
        self.refuses = threading.Event()
        self._inner = DomainDispatcherApplication(create_backend_app)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if self.refuses.is_set() and environ["REQUEST_METHOD"] in ("PUT", "DELETE"):
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            start_response("403 Forbidden", [("Content-Type", "application/xml")])
            return [_REFUSAL]
        answer: Iterable[bytes] = self._inner(environ, start_response)
        return answer


@contextmanager
def refusing_cloud() -> Iterator[tuple[str, threading.Event]]:
    """Its address, and the switch that makes it refuse."""
    cloud = RefusingCloud()
    server = make_server("127.0.0.1", 0, cloud, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", cloud.refuses
    server.shutdown()
    thread.join()
