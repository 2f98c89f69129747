"""The WSGI application: moto, the request lock around it, and `/_lab/` next to it."""

import io
import logging
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

from botocore.model import OperationNotFoundError
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from simulator import account_pickle, aws_errors, aws_request
from simulator.lab import calls, faults, placeholders
from simulator.lab.lab import Lab
from simulator.lab.routes import LabRoutes
from simulator.request_lock import Closed, RequestLock
from simulator.snapshotter import Snapshotter

log = logging.getLogger(__name__)


class Application:
    """Answers a request only after its whole body has arrived: a slow client must not hold the request lock.

    Raises request_lock.Closed for a request after the shutdown began, and aws_errors.NoResponse for a
    request that gets no response.
    """

    def __init__(
        self,
        *,
        snapshotter: Snapshotter,
        request_lock: RequestLock,
        lab: Lab,
        saves_before_each_response: bool,
    ) -> None:
        self._snapshotter = snapshotter
        self._request_lock = request_lock
        self._faults = lab.faults
        self._changes = lab.latency.changes
        self._lab_routes = LabRoutes(snapshotter=snapshotter, request_lock=request_lock, lab=lab)
        self._saves_before_each_response = saves_before_each_response
        self._moto = _Moto(create_backend_app)
        self._backend_count = account_pickle.backend_count()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"].startswith("/_lab/"):
            return self._lab_routes(environ, start_response)
        body = _read_body(environ)
        response = self._respond_with_fault(environ, start_response, body)
        if response is not None:
            return response
        try:
            return self._respond_with_moto(environ, start_response, body)
        except Closed:
            raise
        except (NotImplementedError, OperationNotFoundError) as reason:
            return _respond_with_error(
                environ, start_response, body, code="InvalidAction", message=str(reason)
            )
        except Exception as reason:
            # Not as a 500: clients would send the same request up to 25 times and get the same error.
            log.exception("moto failed on %s %s", environ["REQUEST_METHOD"], environ["PATH_INFO"])
            message = f"the simulated account failed: {type(reason).__name__}: {reason}"
            return _respond_with_error(environ, start_response, body, code="SimulatorFault", message=message)

    def _respond_with_moto(
        self, environ: WSGIEnvironment, start_response: StartResponse, body: bytes
    ) -> Iterable[bytes]:
        response = _BufferedResponse()
        change, has_applied = None, False
        with self._request_lock.shared():
            try:
                has_applied = self._changes.apply_due()
                response.read(self._moto(environ, response.start_response))
                if aws_request.empties_the_account(environ):
                    self._changes.clear()
                    self._snapshotter.start_new_generation()
            finally:
                if self._has_changed(environ, body) or has_applied:
                    change = self._snapshotter.record_change()
        # AWS does not lose what it has acknowledged. Even if only writes to S3 wait, a state file on disk
        # never names a resource that the account on disk lacks, and a released lock stays released.
        if change is not None and (self._saves_before_each_response or aws_request.stores_an_object(environ)):
            self._snapshotter.wait_until_saved(change)
        return response.send(start_response)

    def _has_changed(self, environ: WSGIEnvironment, body: bytes) -> bool:
        count = account_pickle.backend_count()
        has_grown, self._backend_count = count != self._backend_count, count
        return has_grown or aws_request.changes_the_account(environ, body)

    def _respond_with_fault(
        self, environ: WSGIEnvironment, start_response: StartResponse, body: bytes
    ) -> Iterable[bytes] | None:
        if self._faults.is_empty():
            return None
        call = calls.parse(environ, body)
        match = self._faults.hit(call)
        if match is None:
            return None
        fault, rule = match
        values = placeholders.values_for(call, environ) | faults.lock_values(fault)
        log.info("fault %s answers %s %s", fault.name, call.service, call.action)
        if rule.drops_connection:
            raise aws_errors.NoResponse
        if rule.body:
            content = placeholders.fill(rule.body, values).encode()
            start_response(
                "200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(content)))]
            )
            return [content]
        return aws_errors.respond(
            environ,
            start_response,
            service=call.service,
            code=rule.code,
            message=placeholders.fill(rule.message, values),
            status=rule.status,
        )


class _Moto(DomainDispatcherApplication):
    def get_backend_for_host(self, host: str | None) -> Any:
        backend = super().get_backend_for_host(host)
        if host is not None and backend is None:
            raise NotImplementedError(f"{host} is not simulated")
        return backend


class _BufferedResponse:
    """moto's response, held back until it may be sent."""

    def __init__(self) -> None:
        self._status = "500 Internal Server Error"
        self._headers: list[tuple[str, str]] = []
        self._body = b""

    def start_response(self, status: str, headers: list[tuple[str, str]], exc_info: object = None) -> None:
        self._status, self._headers = status, headers

    def read(self, chunks: Iterable[bytes]) -> None:
        try:
            self._body = b"".join(chunks)
        finally:
            close: Callable[[], None] | None = getattr(chunks, "close", None)
            if close is not None:
                close()

    def send(self, start_response: StartResponse) -> Iterable[bytes]:
        start_response(self._status, self._headers)
        return [self._body]


def _read_body(environ: WSGIEnvironment) -> bytes:
    source = environ["wsgi.input"]
    if environ.get("wsgi.input_terminated"):
        body: bytes = source.read()
    else:
        body = source.read(max(0, int(environ.get("CONTENT_LENGTH") or 0)))
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def _respond_with_error(
    environ: WSGIEnvironment,
    start_response: StartResponse,
    body: bytes,
    *,
    code: str,
    message: str,
) -> Iterable[bytes]:
    action = aws_request.action_of(environ, body) or environ["PATH_INFO"]
    service = aws_request.service_of(environ)
    log.info("refused %s %s: %s %s", service, action, code, message)
    return aws_errors.respond(
        environ, start_response, service=service, code=code, message=f"{action}: {message}"
    )
