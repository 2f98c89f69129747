"""A fault: calls fail as they fail in AWS, until the fault is switched off or used up."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatchcase

from simulator.json_types import JsonObject
from simulator.lab.calls import Call


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Which calls fail, and the response they get.

    `service` is the signing name. `action` and `key` (of an S3 object) may contain `*`. `required_parameters`
    are parameters that the call must have, with their value or "" for any value. `message` and `body` may
    contain placeholders (`lab/placeholders.py`). A rule with a `body` answers with it and status 200. A rule
    that `drops_connection` closes the connection without a response.
    """

    service: str
    action: str
    code: str = ""
    message: str = ""
    status: int = 400
    key: str = "*"
    required_parameters: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    drops_connection: bool = False
    counts: bool = True  # whether a response counts towards the fault's `times`
    ends_fault: bool = False  # such a call succeeds and switches the fault off

    def matches(self, call: Call) -> bool:
        return (
            self.service in ("*", call.service)
            and fnmatchcase(call.action, self.action)
            and fnmatchcase(call.key, self.key)
            and all(_has(call, name, value) for name, value in self.required_parameters.items())
        )


def _has(call: Call, name: str, value: str) -> bool:
    found = call.parameters.get(name, "")
    return found == value if value else bool(found)


@dataclass(kw_only=True)
class Fault:
    """A fault that is switched on. If `times` is None, it stays on until it is switched off."""

    name: str
    rules: tuple[Rule, ...]
    times: int | None = None
    remaining: int | None = None
    hits: int = 0
    id: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    since: str = field(default_factory=lambda: datetime.now(UTC).isoformat())

    def rule_for(self, call: Call) -> Rule | None:
        """The rule that answers this call; None if there is none or the fault is used up."""
        if self.remaining == 0:
            return None
        matching = [rule for rule in self.rules if rule.matches(call)]
        # A rule for one service takes precedence over a rule for all services.
        return min(matching, key=lambda rule: rule.service == "*", default=None)

    def count_hit(self) -> None:
        self.hits += 1
        if self.remaining is not None:
            self.remaining -= 1

    def as_json(self) -> JsonObject:
        """The fault in `/_lab/faults` and in `lab.json`. Of several rules only the first is shown."""
        return {
            "id": self.id,
            "name": self.name,
            **public_fields(self.rules[0]),
            "times": self.times,
            "remaining": self.remaining,
            "hits": self.hits,
            "since": self.since,
        }


def public_fields(rule: Rule) -> JsonObject:
    """The fields of a rule that the API shows and accepts."""
    return {
        "service": rule.service,
        "action": rule.action,
        "code": rule.code,
        "message": rule.message,
        "status": rule.status,
    }
