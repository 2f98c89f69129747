"""Parses the lines of a phase's stream: Terraform's `-json` messages, the shepherd's, and plain text.

Source of the format: Terraform's machine-readable UI 1.x (`terraform plan -json`), and what 1.11.4 prints in
addition (`state_lock_*`, `init_output`, a `log` message with the complete state in an emergency).
"""

import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from provisioner.sentences import SentenceError, sentence
from provisioner.terraform import clean

_LEVELS = frozenset({"trace", "debug", "info", "warn", "error"})
# The maximum length of a stored event's type.
_TYPE = re.compile(r"[a-z][a-z0-9_]{0,39}")
# A truncated or broken line can be the start of an emergency dump of the state. It must not be shown.
_STATE_KEY = re.compile(r'"state"\s*:')
_SCALARS = (str, int, float)
_ERROR = re.compile(r"[\s│╷]*(Error|panic|fatal error)\b")
_WARNING = re.compile(r"[\s│╷]*Warning\b")


class UnsupportedStream(SentenceError):
    """Terraform uses another major version of its machine-readable UI than 1."""


# Not frozen: setting frozen fields would take a tenth of the time from the file to the database.
@dataclass(slots=True)
class Message:
    """One parsed line. All text is free of NUL and lone surrogates; `data` can be stored as JSON.

    `data` by type:
    - planned_change, resource_drift: action, resource_type, reason?, previous?, import_id?
    - apply_*, refresh_*, provision_*, ephemeral_op_*: action?, resource_type, elapsed_seconds?, id_key?,
      id_value?, provisioner?
    - change_summary: add, change, remove, import, operation
    - outputs: outputs {name: {sensitive, type?, value?}}; a sensitive one never has its value
    - diagnostic: severity, summary, detail, address, filename, line,
      snippet {code, context, start_line, values}
    - version: terraform, ui; init_output: code
    - step_start, step_end, step_skipped, stop_asked, still_stopping: step?, exit_code?, seconds?, reason?
    """

    type: str
    level: str
    message: str
    at: datetime | None = None
    resource: str | None = None
    data: dict[str, object] = field(default_factory=dict)
    phase: str | None = None
    # The raw line of an emergency dump of the state. For an operator's recovery only; never shown or logged.
    emergency_state: bytes | None = field(default=None, repr=False)


def parse(line: bytes) -> Message:
    """Parse one line, with or without its newline.

    An unknown type keeps its message as text. A line that is not a JSON object has the type `text`. Raises
    only UnsupportedStream.
    """
    raw = line.rstrip(b"\r\n")
    content = clean.parse_object(raw.decode(errors="replace"))
    if content is None or not ("@message" in content or "type" in content):
        return _plain(raw, content)
    if "state" in content:
        return _state_dump(raw, at=_time(content.get("@timestamp")))
    return _message(content, raw)


def _plain(raw: bytes, content: Mapping[str, object] | None) -> Message:
    text = clean.text(raw.decode(errors="replace"))
    if (content and "state" in content) or _STATE_KEY.search(text):
        return _state_dump(raw, at=None)
    level = "error" if _ERROR.match(text) else "warn" if _WARNING.match(text) else "info"
    return Message(type="text", level=level, message=text)


def _state_dump(raw: bytes, *, at: datetime | None) -> Message:
    text = (
        "Terraform could not save its state, so it printed it. The state contains secrets, so this log does "
        "not show it."
    )
    return Message(type="state_dump", level="error", message=text, at=at, emergency_state=raw)


def _message(content: Mapping[str, object], raw: bytes) -> Message:
    kind = content.get("type", "log")
    kind = kind if isinstance(kind, str) and _TYPE.fullmatch(kind) else "text"
    text = content.get("@message")
    data = _reader(kind)(content)
    return Message(
        type=kind,
        level=_level(content, data),
        message=text if isinstance(text, str) else clean.text(raw.decode(errors="replace")),
        at=_time(content.get("@timestamp")),
        resource=_resource(content),
        data={key: value for key, value in data.items() if value is not None},
        phase=_string(content.get("phase")),
    )


def _level(content: Mapping[str, object], data: Mapping[str, object]) -> str:
    level = content.get("@level")
    if data.get("severity") in ("error", "warning"):
        return "error" if data["severity"] == "error" else "warn"
    return level if isinstance(level, str) and level in _LEVELS else "info"


def _time(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        # Messages about locks and of init have no fractions, and some have a zone other than Z.
        if moment is None or moment.tzinfo is UTC:
            return moment
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _resource(content: Mapping[str, object]) -> str | None:
    for holder in ("hook", "change"):
        if address := _string(_mapping(_mapping(content.get(holder)).get("resource")).get("addr")):
            return address
    return _string(_mapping(content.get("diagnostic")).get("address"))


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _string(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


@functools.lru_cache(maxsize=128)
def _reader(kind: str) -> Callable[[Mapping[str, object]], dict[str, object]]:
    family = next((prefix for prefix in _FAMILIES if kind.startswith(prefix)), None)
    return _READERS.get(family or kind, lambda content: {})


def _version(content: Mapping[str, object]) -> dict[str, object]:
    ui = content.get("ui")
    if not isinstance(ui, str) or ui.partition(".")[0] != "1":
        raise UnsupportedStream(
            sentence("This version of Terraform is not supported."),
            sentence(
                "The version of its JSON output is %(version)s, and the portal reads version 1.",
                version=repr(str(ui)[:40]),
            ),
        )
    return {"terraform": _string(content.get("terraform")) or _string(content.get("tofu")), "ui": ui}


def _change(content: Mapping[str, object]) -> dict[str, object]:
    change = _mapping(content.get("change"))
    action = _string(change.get("action"))
    return {
        # The stream uses `remove` for a resource that is forgotten without being destroyed.
        "action": "forget" if action == "remove" else action,
        "resource_type": _string(_mapping(change.get("resource")).get("resource_type")),
        "reason": _string(change.get("reason")),
        "previous": _string(_mapping(change.get("previous_resource")).get("addr")),
        "import_id": _string(_mapping(change.get("importing")).get("id")),
    }


def _hook(content: Mapping[str, object]) -> dict[str, object]:
    hook = _mapping(content.get("hook"))
    keys = ("action", "elapsed_seconds", "id_key", "id_value", "provisioner")
    kept = {key: hook[key] for key in keys if isinstance(hook.get(key), _SCALARS)}
    return kept | {"resource_type": _string(_mapping(hook.get("resource")).get("resource_type"))}


def _summary(content: Mapping[str, object]) -> dict[str, object]:
    changes = _mapping(content.get("changes"))
    counts = {name: changes.get(name) for name in ("add", "change", "remove", "import")}
    known = {name: count if isinstance(count, int) else 0 for name, count in counts.items()}
    return known | {"operation": _string(changes.get("operation"))}


def _outputs(content: Mapping[str, object]) -> dict[str, object]:
    given = _mapping(content.get("outputs"))
    return {"outputs": {name: _output(_mapping(output)) for name, output in given.items()}}


def _output(output: Mapping[str, object]) -> dict[str, object]:
    if output.get("sensitive") is not False:
        return {"sensitive": True, "type": output.get("type")}
    return {"sensitive": False} | {key: output[key] for key in ("type", "value", "action") if key in output}


def _diagnostic(content: Mapping[str, object]) -> dict[str, object]:
    diagnostic = _mapping(content.get("diagnostic"))
    place = _mapping(diagnostic.get("range"))
    texts = {key: _string(diagnostic.get(key)) for key in ("severity", "summary", "detail", "address")}
    return texts | {
        "filename": _string(place.get("filename")),
        "line": _mapping(place.get("start")).get("line"),
        "snippet": _snippet(_mapping(diagnostic.get("snippet"))),
    }


def _snippet(snippet: Mapping[str, object]) -> dict[str, object] | None:
    keys = ("code", "context", "start_line", "values")
    return {key: snippet[key] for key in keys if key in snippet} or None


def _init(content: Mapping[str, object]) -> dict[str, object]:
    return {"code": _string(content.get("message_code"))}


def _step(content: Mapping[str, object]) -> dict[str, object]:
    return {key: content.get(key) for key in ("step", "exit_code", "seconds", "reason")}


_FAMILIES = ("apply_", "refresh_", "provision_", "ephemeral_op_", "step_")
_READERS: dict[str, Callable[[Mapping[str, object]], dict[str, object]]] = {
    "version": _version,
    "planned_change": _change,
    "resource_drift": _change,
    "apply_": _hook,
    "refresh_": _hook,
    "provision_": _hook,
    "ephemeral_op_": _hook,
    "change_summary": _summary,
    "outputs": _outputs,
    "diagnostic": _diagnostic,
    "init_output": _init,
    "step_": _step,
    "stop_asked": _step,
    "still_stopping": _step,
}
