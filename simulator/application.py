"""The account as a WSGI application: moto inside, the gate around it, `/_lab/` beside it."""

import io
import logging
from collections.abc import Callable, Iterable
from typing import Any

from botocore.model import OperationNotFoundError
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from simulator import account_pickle, aws_request, refusals
from simulator.gate import Ended, Gate
from simulator.lab import calls, faults, sentences
from simulator.lab.fault import fill
from simulator.lab.laboratory import Laboratory
from simulator.lab.routes import LabRoutes
from simulator.snapshotter import Snapshotter

log = logging.getLogger(__name__)

Environ = dict[str, Any]
StartResponse = Callable[..., Any]


class Application:
    """Answers a request only when all of it has arrived, so that nobody holds the gate by sending slowly.

    Raises gate.Ended for a request that comes too late, and refusals.Unanswered for one that gets no answer.
    """

    def __init__(
        self, *, keeper: Snapshotter, gate: Gate, laboratory: Laboratory, holds_every_answer: bool
    ) -> None:
        self._keeper = keeper
        self._faults = laboratory.faults
        self._pending = laboratory.latency.pending
        self._lab = LabRoutes(keeper=keeper, gate=gate, laboratory=laboratory)
        self._gate = gate
        self._holds_every_answer = holds_every_answer
        self._moto = _Moto(create_backend_app)
        self._known_size = account_pickle.size()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"].startswith("/_lab/"):
            return self._lab(environ, start_response)
        body = _whole_body(environ)
        refusal = self._fault(environ, start_response, body)
        if refusal is not None:
            return refusal
        try:
            return self._ask_moto(environ, start_response, body)
        except Ended:
            raise
        except (NotImplementedError, OperationNotFoundError) as reason:
            return _refuse(environ, start_response, body, code="InvalidAction", message=str(reason))
        except Exception as reason:
            # A 500 would be asked again up to 25 times, and answered the same.
            log.exception("moto failed on %s %s", environ["REQUEST_METHOD"], environ["PATH_INFO"])
            message = f"the simulated account failed: {type(reason).__name__}: {reason}"
            return _refuse(environ, start_response, body, code="SimulatorFault", message=message)

    def _ask_moto(self, environ: Environ, start_response: StartResponse, body: bytes) -> Iterable[bytes]:
        answer = _Held()
        change, has_settled = None, False
        with self._gate.shared():
            try:
                has_settled = self._pending.settle()
                answer.take(self._moto(environ, answer.start_response))
                if aws_request.empties_the_account(environ):
                    self._pending.clear()
                    self._keeper.begin_anew()
            finally:
                if self._has_changed(environ, body) or has_settled:
                    change = self._keeper.changed()
        # What AWS has acknowledged is there. Where only S3 keeps to that, a state file still never says less
        # than the account it describes, and a lock that was released stays released.
        if change is not None and (self._holds_every_answer or aws_request.stores_an_object(environ)):
            self._keeper.wait_until_kept(change)
        return answer.send(start_response)

    def _has_changed(self, environ: Environ, body: bytes) -> bool:
        size = account_pickle.size()
        grown, self._known_size = size != self._known_size, size
        return grown or aws_request.changes_the_account(environ, body)

    def _fault(self, environ: Environ, start_response: StartResponse, body: bytes) -> Iterable[bytes] | None:
        if self._faults.none():
            return None
        call = calls.read(environ, body)
        taken = self._faults.take(call)
        if taken is None:
            return None
        fault, rule = taken
        values = sentences.values_for(call, environ) | faults.lock_values(fault)
        log.info("fault %s answers %s %s", fault.name, call.service, call.action)
        if rule.is_silent:
            raise refusals.Unanswered
        if rule.body:
            content = fill(rule.body, values).encode()
            start_response(
                "200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(content)))]
            )
            return [content]
        return refusals.answer(
            environ,
            start_response,
            service=call.service,
            code=rule.code,
            message=fill(rule.message, values),
            status=rule.status,
        )


class _Moto(DomainDispatcherApplication):
    def get_backend_for_host(self, host: str | None) -> Any:
        backend = super().get_backend_for_host(host)
        if host is not None and backend is None:
            raise NotImplementedError(f"{host} is not simulated")
        return backend


class _Held:
    """moto's answer, held back until it may be sent."""

    def __init__(self) -> None:
        self._start: tuple[str, list[tuple[str, str]]] = ("500 Internal Server Error", [])
        self._body = b""

    def start_response(self, status: str, headers: list[tuple[str, str]], exc_info: object = None) -> None:
        self._start = (status, headers)

    def take(self, chunks: Iterable[bytes]) -> None:
        try:
            self._body = b"".join(chunks)
        finally:
            close = getattr(chunks, "close", None)
            if close is not None:
                close()

    def send(self, start_response: StartResponse) -> Iterable[bytes]:
        start_response(*self._start)
        return [self._body]


def _whole_body(environ: Environ) -> bytes:
    source = environ["wsgi.input"]
    if environ.get("wsgi.input_terminated"):
        body: bytes = source.read()
    else:
        body = source.read(max(0, int(environ.get("CONTENT_LENGTH") or 0)))
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def _refuse(
    environ: Environ,
    start_response: StartResponse,
    body: bytes,
    *,
    code: str,
    message: str,
) -> Iterable[bytes]:
    action = aws_request.action_of(environ, body) or environ["PATH_INFO"]
    service = aws_request.service_of(environ)
    log.info("refused %s %s: %s %s", service, action, code, message)
    return refusals.answer(
        environ, start_response, service=service, code=code, message=f"{action}: {message}"
    )
