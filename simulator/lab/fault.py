"""A fault: calls that are refused as AWS would refuse them, until it is switched off or used up."""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import Any

from simulator.lab.calls import Call

_PLACEHOLDER = re.compile(r"\{([A-Za-z][\w.]*)\}")


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Which calls are answered, and with what.

    `service` is the signing name, `action` and `key` (of an S3 object) may hold `*`. `needs` are parameters
    that the call must have, with their value, or "" for any. In `message` and `body` a `{Name}` stands for
    the call's parameter of that name. A rule with a `body` answers 200 with it, one that `is_silent` does not
    answer: the connection ends.
    """

    service: str
    action: str
    code: str = ""
    message: str = ""
    status: int = 400
    key: str = "*"
    needs: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    is_silent: bool = False
    spends: bool = True  # whether an answer counts towards the fault's `times`
    ends: bool = False  # such a call passes, and the fault is over

    def fits(self, call: Call) -> bool:
        return (
            self.service in ("*", call.service)
            and fnmatchcase(call.action, self.action)
            and fnmatchcase(call.key, self.key)
            and all(_has(call, name, wanted) for name, wanted in self.needs.items())
        )


def _has(call: Call, name: str, wanted: str) -> bool:
    found = call.parameters.get(name, "")
    return found == wanted if wanted else bool(found)


@dataclass(kw_only=True)
class Fault:
    """One fault that is switched on. `times` None: until it is switched off."""

    name: str
    rules: tuple[Rule, ...]
    times: int | None = None
    remaining: int | None = None
    hits: int = 0
    id: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    since: str = field(default_factory=lambda: datetime.now(UTC).isoformat())

    def rule_for(self, call: Call) -> Rule | None:
        """The rule that answers this call; None once the fault is used up."""
        if self.remaining == 0:
            return None
        fitting = [rule for rule in self.rules if rule.fits(call)]
        # A rule for the service goes before one for all of them.
        return min(fitting, key=lambda rule: rule.service == "*", default=None)

    def spend(self) -> None:
        self.hits += 1
        if self.remaining is not None:
            self.remaining -= 1

    def as_json(self) -> dict[str, Any]:
        """What `/_lab/faults` shows and the folder keeps. The first rule stands for all of a known fault."""
        return {
            "id": self.id,
            "name": self.name,
            **shown(self.rules[0]),
            "times": self.times,
            "remaining": self.remaining,
            "hits": self.hits,
            "since": self.since,
        }


def shown(rule: Rule) -> dict[str, Any]:
    """A rule's part that people see and may give."""
    return {
        "service": rule.service,
        "action": rule.action,
        "code": rule.code,
        "message": rule.message,
        "status": rule.status,
    }


def fill(text: str, values: Mapping[str, str]) -> str:
    """`text` with each `{Name}` that `values` knows replaced; the others stay as they are."""
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)
