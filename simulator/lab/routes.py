"""The HTTP routes below `/_lab/`: a JSON API and one page."""

import json
import re
from collections.abc import Callable, Iterable
from http import HTTPStatus
from wsgiref.types import StartResponse, WSGIEnvironment

from simulator.json_types import JsonObject
from simulator.lab import known_faults, origin_check, resources, static_files
from simulator.lab.consoles import SCRIPTS
from simulator.lab.health_overrides import REASONS
from simulator.lab.lab import Lab
from simulator.lab.validation import InvalidInput
from simulator.request_lock import RequestLock
from simulator.snapshotter import Snapshotter

Response = tuple[int, JsonObject]
# These say which account it is, and that it runs. Anybody who can reach the account may read them.
PUBLIC = frozenset({"/_lab/account", "/_lab/healthz"})
MAX_BODY_BYTES = 1024 * 1024


class LabRoutes:
    """The WSGI application for every path below `/_lab/`."""

    def __init__(self, *, snapshotter: Snapshotter, request_lock: RequestLock, lab: Lab) -> None:
        self._snapshotter = snapshotter
        self._request_lock = request_lock
        self._lab = lab
        self._routes: list[tuple[str, re.Pattern[str], Callable[..., Response]]] = [
            (method, re.compile(f"/_lab/{path}"), handler)
            for method, path, handler in (
                ("GET", "account", lambda: (200, self._snapshotter.identity())),
                ("GET", "healthz", lambda: (200, {"status": "ok"})),
                ("GET", "faults", self._faults),
                ("POST", "faults", self._add_fault),
                ("DELETE", "faults", self._clear_faults),
                ("DELETE", r"faults/([^/]+)", self._remove_fault),
                ("GET", "latency", self._latency),
                ("PUT", "latency", self._set_latency),
                ("GET", "targets", self._targets),
                ("POST", "targets", self._add_target),
                ("DELETE", "targets", self._clear_targets),
                ("DELETE", r"targets/([^/]+)", self._remove_target),
                ("GET", "consoles", self._consoles),
                ("DELETE", "consoles", self._clear_consoles),
                ("PUT", r"consoles/([^/]+)", self._set_console),
                ("DELETE", r"consoles/([^/]+)", self._remove_console),
                ("GET", "resources", self._resources),
            )
        ]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        try:
            if environ["REQUEST_METHOD"] == "GET" and static_files.exists(environ["PATH_INFO"]):
                origin_check.check(environ)
                return static_files.send(environ["PATH_INFO"], start_response)
            status, content = self._respond(environ)
        except origin_check.Forbidden as reason:
            status, content = 403, {"error": str(reason)}
        except InvalidInput as reason:
            status, content = 400, {"error": str(reason)}
        return _send(start_response, status, content)

    def _respond(self, environ: WSGIEnvironment) -> Response:
        path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
        # Always read the body: the connection stays open, and the next request follows it.
        body = _body(environ)
        if path not in PUBLIC:
            origin_check.check(environ)
        found = [(each, pattern.fullmatch(path), handler) for each, pattern, handler in self._routes]
        matching = {each: (match, handler) for each, match, handler in found if match}
        if not matching:
            return 404, {"error": f"There is no page {path}."}
        if method not in matching:
            return 405, {"error": f"{path} accepts {', '.join(matching)}, not {method}."}
        match, handler = matching[method]
        content = [_content(body)] if method in ("POST", "PUT") else []
        return handler(*content, *match.groups())

    def _faults(self) -> Response:
        known = [known.as_json() for known in known_faults.ALL.values()]
        return 200, {"faults": self._lab.faults.as_json(), "known": known}

    def _add_fault(self, wanted: JsonObject) -> Response:
        return 201, self._lab.faults.add(wanted)

    def _clear_faults(self) -> Response:
        self._lab.faults.clear()
        return 200, {"faults": []}

    def _remove_fault(self, fault_id: str) -> Response:
        if not self._lab.faults.remove(fault_id):
            return 404, {"error": f"No fault has the id {fault_id}."}
        return 200, {"faults": self._lab.faults.as_json()}

    def _resources(self) -> Response:
        with self._request_lock.shared():
            # Show the result of due changes, as a request to AWS would.
            if self._lab.latency.changes.apply_due():
                self._snapshotter.record_change()
            return 200, {"resources": resources.list_all()}

    def _latency(self) -> Response:
        return 200, self._lab.latency.as_json()

    def _set_latency(self, wanted: JsonObject) -> Response:
        self._lab.latency.set(wanted)
        # The due times belong to the account: save them before the response.
        self._snapshotter.wait_until_saved(self._snapshotter.record_change())
        return self._latency()

    def _targets(self) -> Response:
        known = [
            {"reason": reason, "state": state, "description": description}
            for reason, (state, description) in REASONS.items()
        ]
        return 200, {"targets": self._lab.targets.as_json(), "known": known}

    def _add_target(self, wanted: JsonObject) -> Response:
        return 201, self._lab.targets.add(wanted)

    def _clear_targets(self) -> Response:
        self._lab.targets.clear()
        return self._targets()

    def _remove_target(self, override_id: str) -> Response:
        if not self._lab.targets.remove(override_id):
            return 404, {"error": f"No target health has the id {override_id}."}
        return self._targets()

    def _consoles(self) -> Response:
        known = [{"script": name, "title": title, "text": text} for name, (title, text) in SCRIPTS.items()]
        return 200, {"consoles": self._lab.consoles.as_json(), "known": known}

    def _set_console(self, wanted: JsonObject, instance_id: str) -> Response:
        self._lab.consoles.set(instance_id, wanted)
        return self._consoles()

    def _clear_consoles(self) -> Response:
        self._lab.consoles.clear()
        return self._consoles()

    def _remove_console(self, instance_id: str) -> Response:
        if not self._lab.consoles.remove(instance_id):
            return 404, {"error": f"{instance_id} has no console text."}
        return self._consoles()


def _body(environ: WSGIEnvironment) -> bytes:
    length = int(environ.get("CONTENT_LENGTH") or 0)
    source = environ["wsgi.input"]
    body: bytes = source.read() if environ.get("wsgi.input_terminated") else source.read(max(0, length))
    return body


def _content(body: bytes) -> JsonObject:
    if len(body) > MAX_BODY_BYTES:
        raise InvalidInput(f"The body has {len(body)} bytes. Send at most {MAX_BODY_BYTES}.")
    try:
        content = json.loads(body)
    except ValueError as reason:
        raise InvalidInput(f"The body is not valid JSON ({reason}). Send a JSON object.") from reason
    if not isinstance(content, dict):
        raise InvalidInput("The body is not a JSON object. Send a JSON object.")
    return content


def _send(start_response: StartResponse, status: int, content: JsonObject) -> Iterable[bytes]:
    body = json.dumps(content).encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    headers += [("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff")]
    start_response(f"{status} {HTTPStatus(status).phrase}", headers)
    return [body]
