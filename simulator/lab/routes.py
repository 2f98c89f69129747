"""`/_lab/` over HTTP: JSON in, JSON out, and one page."""

import json
import re
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from simulator.gate import Gate
from simulator.lab import known_faults, origin_check, pages, resources
from simulator.lab.consoles import SCRIPTS
from simulator.lab.faults import Unusable
from simulator.lab.laboratory import Laboratory
from simulator.lab.targets import REASONS
from simulator.snapshotter import Snapshotter

Answer = tuple[int, dict[str, Any]]
Environ = dict[str, Any]
# They tell what the account is, and that it is there: whoever can reach the account may know.
OPEN = frozenset({"/_lab/account", "/_lab/healthz"})
LARGEST_BODY = 1024 * 1024


class LabRoutes:
    """The WSGI application for every path below `/_lab/`."""

    def __init__(self, *, keeper: Snapshotter, gate: Gate, laboratory: Laboratory) -> None:
        self._keeper = keeper
        self._gate = gate
        self._lab = laboratory
        self._routes: list[tuple[str, re.Pattern[str], Callable[..., Answer]]] = [
            (method, re.compile(f"/_lab/{path}"), answer)
            for method, path, answer in (
                ("GET", "account", lambda: (200, self._keeper.identity())),
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

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        try:
            if environ["REQUEST_METHOD"] == "GET" and pages.has(environ["PATH_INFO"]):
                origin_check.admit(environ)
                return pages.send(environ["PATH_INFO"], start_response)
            status, content = self._answer(environ)
        except origin_check.Refused as reason:
            status, content = 403, {"error": str(reason)}
        except Unusable as reason:
            status, content = 400, {"error": str(reason)}
        return _send(start_response, status, content)

    def _answer(self, environ: Environ) -> Answer:
        path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
        # Read in any case: the connection stays open, and what follows on it is the next request.
        body = _body(environ)
        if path not in OPEN:
            origin_check.admit(environ)
        found = [(each, pattern.fullmatch(path), answer) for each, pattern, answer in self._routes]
        matching = {each: (match, answer) for each, match, answer in found if match}
        if not matching:
            return 404, {"error": "no such page"}
        if method not in matching:
            return 405, {"error": f"{path} takes {', '.join(matching)}."}
        match, answer = matching[method]
        content = [_content(body)] if method in ("POST", "PUT") else []
        return answer(*content, *match.groups())

    def _faults(self) -> Answer:
        known = [known.as_json() for known in known_faults.ALL.values()]
        return 200, {"faults": self._lab.faults.as_json(), "known": known}

    def _add_fault(self, wanted: dict[str, Any]) -> Answer:
        return 201, self._lab.faults.add(wanted)

    def _clear_faults(self) -> Answer:
        self._lab.faults.clear()
        return 200, {"faults": []}

    def _remove_fault(self, fault_id: str) -> Answer:
        if not self._lab.faults.remove(fault_id):
            return 404, {"error": f"There is no fault {fault_id}."}
        return 200, {"faults": self._lab.faults.as_json()}

    def _resources(self) -> Answer:
        with self._gate.shared():
            # Whoever only looks here sees what is due, too.
            if self._lab.latency.pending.settle():
                self._keeper.changed()
            return 200, {"resources": resources.all_of_them()}

    def _latency(self) -> Answer:
        return 200, self._lab.latency.as_json()

    def _set_latency(self, wanted: dict[str, Any]) -> Answer:
        self._lab.latency.set(wanted)
        # Times of the account changed: its snapshot is to have them before this is answered.
        self._keeper.wait_until_kept(self._keeper.changed())
        return self._latency()

    def _targets(self) -> Answer:
        known = [
            {"reason": reason, "state": state, "description": description}
            for reason, (state, description) in REASONS.items()
        ]
        return 200, {"targets": self._lab.targets.as_json(), "known": known}

    def _add_target(self, wanted: dict[str, Any]) -> Answer:
        return 201, self._lab.targets.add(wanted)

    def _clear_targets(self) -> Answer:
        self._lab.targets.clear()
        return self._targets()

    def _remove_target(self, finding_id: str) -> Answer:
        if not self._lab.targets.remove(finding_id):
            return 404, {"error": f"There is no finding {finding_id}."}
        return self._targets()

    def _consoles(self) -> Answer:
        known = [{"script": name, "title": title, "text": text} for name, (title, text) in SCRIPTS.items()]
        return 200, {"consoles": self._lab.consoles.as_json(), "known": known}

    def _set_console(self, wanted: dict[str, Any], instance_id: str) -> Answer:
        self._lab.consoles.set(instance_id, wanted)
        return self._consoles()

    def _clear_consoles(self) -> Answer:
        self._lab.consoles.clear()
        return self._consoles()

    def _remove_console(self, instance_id: str) -> Answer:
        if not self._lab.consoles.remove(instance_id):
            return 404, {"error": f"{instance_id} has no text of its own."}
        return self._consoles()


def _body(environ: Environ) -> bytes:
    length = int(environ.get("CONTENT_LENGTH") or 0)
    source = environ["wsgi.input"]
    body: bytes = source.read() if environ.get("wsgi.input_terminated") else source.read(max(0, length))
    return body


def _content(body: bytes) -> dict[str, Any]:
    if len(body) > LARGEST_BODY:
        raise Unusable(f"That is more than {LARGEST_BODY} bytes.")
    try:
        content = json.loads(body)
    except ValueError as reason:
        raise Unusable(f"That is not JSON: {reason}.") from reason
    if not isinstance(content, dict):
        raise Unusable("Send a JSON object.")
    return content


def _send(start_response: Callable[..., Any], status: int, content: dict[str, Any]) -> Iterable[bytes]:
    body = json.dumps(content).encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    headers += [("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff")]
    start_response(f"{status} {HTTPStatus(status).phrase}", headers)
    return [body]
