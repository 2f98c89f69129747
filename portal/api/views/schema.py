"""The parts of the API that drf-spectacular cannot see: the HTTP twin of the stream, and the errors."""

from typing import Any

from drf_spectacular.views import SpectacularAPIView
from rest_framework.permissions import IsAuthenticated
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from portal.api.views import run_events
from portal.live import reading

_UUID = {"type": "string", "format": "uuid"}
EVENTS = "/api/v1/runs/{run_id}/events/"
_PROBLEMS = {
    "400": "The request is wrong; sentences by field.",
    "401": "There is no valid token and no valid session.",
    "403": "You can see it, but you don't have permission to do this.",
    "404": "This does not exist, or you don't have permission to see it.",
    "405": "This method is not allowed here.",
    "409": "The object's current state does not allow this.",
    "413": "The body is too large.",
    "503": "The database is not available. Retry-After says when to try again.",
}
_COMPONENTS = {
    "Errors": {
        "type": "object",
        "description": "Sentences by field; `__all__` is the request itself.",
        "properties": {
            "errors": {
                "type": "object",
                "additionalProperties": {"type": "array", "items": {"type": "string"}},
            }
        },
        "required": ["errors"],
    },
    "Event": {
        "type": "object",
        "description": "One numbered entry of a run's event log.",
        "properties": {
            "seq": {
                "type": "integer",
                "minimum": 1,
                "description": "Counts from 1 in its run, without gaps.",
            },
            "at": {"type": "string", "format": "date-time"},
            **{name: {"type": "string"} for name in ("phase", "type", "message", "resource")},
            "level": {"type": "string", "enum": ["trace", "debug", "info", "warn", "error"]},
            "data": {"type": "object", "additionalProperties": {}},
        },
        "required": ["seq", "at", "phase", "type", "level", "message", "resource", "data"],
    },
    "Events": {
        "type": "object",
        "properties": {
            "events": {"type": "array", "items": {"$ref": "#/components/schemas/Event"}},
            "last_seq": {"type": "integer", "description": "The next cursor."},
            "known": {"type": "integer", "description": "The number of the run's latest event."},
            "end": {"type": "boolean", "description": "True with the last event of a finished run."},
            "count": {"type": "integer", "description": "At the end: the number of events."},
            "sha256": {
                "type": "string",
                "description": "At the end: SHA-256 over all events as canonical JSON lines.",
            },
        },
        "required": ["events", "last_seq", "known", "end"],
    },
}


class Schema(SpectacularAPIView):
    """The document as YAML or JSON; errors are JSON, as everywhere."""

    permission_classes = [IsAuthenticated]

    def handle_exception(self, error: Exception) -> Response:
        self.request.accepted_renderer = JSONRenderer()
        self.request.accepted_media_type = "application/json"
        return super().handle_exception(error)


def complete(result: dict[str, Any], **context: Any) -> dict[str, Any]:
    """The generated schema with the path of the events, and at each path its possible errors."""
    result["components"]["schemas"] |= _COMPONENTS
    result["paths"][EVENTS] = {"get": _events()}
    for path, operations in result["paths"].items():
        for verb, operation in operations.items():
            for code in _codes(path, verb, operation):
                operation["responses"].setdefault(code, {"description": _PROBLEMS[code]})
            for code in operation["responses"].keys() & _PROBLEMS.keys():
                operation["responses"][code]["content"] = _json("Errors")
    return result


def _codes(path: str, verb: str, operation: dict[str, Any]) -> list[str]:
    codes = ["401", "503"]
    codes += ["404"] if "{" in path else []
    codes += ["400"] if "requestBody" in operation or _has_query(operation) else []
    codes += ["413"] if "requestBody" in operation else []
    codes += ["403"] if verb != "get" or path.endswith("/audit/") else []
    codes += ["409"] if verb != "get" else []
    return codes


def _has_query(operation: dict[str, Any]) -> bool:
    return any(each["in"] == "query" for each in operation.get("parameters", []))


def _events() -> dict[str, Any]:
    return {
        "operationId": "runs_events_retrieve",
        "description": "The events after a cursor; with `wait`, the answer waits for the next one.",
        "tags": ["runs"],
        "security": [{"token": []}, {"cookieAuth": []}],
        "parameters": [
            {
                "in": "path",
                "name": "run_id",
                "required": True,
                "schema": {"type": "string", "format": "uuid"},
            },
            _number("after", "The number of the last event that you have.", default=0, smallest=0),
            _number(
                "limit",
                "The maximum number of events.",
                default=reading.PAGE,
                largest=run_events.LARGEST_PAGE,
            ),
            _number(
                "wait",
                "Seconds to wait if there is no event.",
                default=0,
                smallest=0,
                largest=int(run_events.LONGEST_WAIT_SECONDS),
            ),
        ],
        "responses": {"200": {"description": "", "content": _json("Events")}},
    }


def _number(name: str, description: str, *, smallest: int = 1, **bounds: int) -> dict[str, Any]:
    schema = {"type": "integer", "minimum": smallest, "default": bounds["default"]}
    schema |= {"maximum": bounds["largest"]} if "largest" in bounds else {}
    return {"in": "query", "name": name, "description": description, "schema": schema}


def _json(component: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{component}"}}}
