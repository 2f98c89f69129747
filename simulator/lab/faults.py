"""The faults that are switched on: people add them, each request is checked against them."""

import re
import threading
from collections.abc import Callable
from typing import TypeGuard

from simulator.json_types import JsonObject
from simulator.lab import known_faults
from simulator.lab.calls import Call
from simulator.lab.fault import Fault, Rule
from simulator.lab.validation import InvalidInput

MAX_TIMES = 1000
MAX_MESSAGE_LENGTH = 4000
_STATUSES = (400, 401, 403, 404, 409, 412, 429, 500, 502, 503, 504)
_PATTERNS = {
    "service": (re.compile(r"[a-z0-9-]{2,40}|\*"), "a signing name such as ec2, rds or elasticloadbalancing"),
    "action": (re.compile(r"[A-Za-z0-9*]{1,80}"), "an action such as AllocateAddress, or Create*"),
    "code": (re.compile(r"[A-Za-z0-9._-]{1,80}"), "an AWS error code such as AddressLimitExceeded"),
}
_FIELDS = frozenset({*_PATTERNS, "message", "status", "times", "name"})


class Faults:
    """Every fault that is switched on, oldest first. Calls `on_change` after each change."""

    def __init__(self, saved: list[JsonObject], *, on_change: Callable[[], None]) -> None:
        self._lock = threading.Lock()
        self._on_change = on_change
        self._faults = [fault for fault in map(_restored, saved) if fault is not None]

    def is_empty(self) -> bool:
        """The usual case: then a request need not be parsed."""
        return not self._faults

    def as_json(self) -> list[JsonObject]:
        with self._lock:
            return [fault.as_json() for fault in self._faults]

    def to_save(self) -> list[JsonObject]:
        """For `on_change`, which may hold the lock. Safe without it: the list is replaced, never modified."""
        return [fault.as_json() for fault in self._faults]

    def add(self, wanted: JsonObject) -> JsonObject:
        """Switch a fault on. A known fault that is on already starts again. Raises InvalidInput."""
        fault = _described(wanted)
        with self._lock:
            is_known = fault.name in known_faults.ALL
            others = [each for each in self._faults if not (is_known and each.name == fault.name)]
            self._faults = [*others, fault]
            self._on_change()
            return fault.as_json()

    def remove(self, fault_id: str) -> bool:
        """Switch a fault off. False if no fault has that id."""
        with self._lock:
            left = [fault for fault in self._faults if fault.id != fault_id]
            found = len(left) < len(self._faults)
            self._faults = left
            if found:
                self._on_change()
            return found

    def clear(self) -> None:
        with self._lock:
            self._faults = []
            self._on_change()

    def hit(self, call: Call) -> tuple[Fault, Rule] | None:
        """The fault and the rule that answer this call, after counting it; None if the call succeeds."""
        with self._lock:
            for fault in self._faults:
                rule = fault.rule_for(call)
                if rule is not None:
                    self._count(fault, rule)
                    return None if rule.ends_fault else (fault, rule)
        return None

    def _count(self, fault: Fault, rule: Rule) -> None:
        if rule.ends_fault:
            self._faults = [each for each in self._faults if each is not fault]
        elif rule.counts:
            fault.count_hit()
        else:
            return
        self._on_change()


def lock_values(fault: Fault) -> dict[str, str]:
    """Values for the body of the held state lock. Its id never changes, so `force-unlock` accepts it."""
    digits = fault.id.ljust(32, "0")
    groups = (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])
    return {"lock_id": "-".join(groups), "switched_on": fault.since}


def _described(wanted: JsonObject) -> Fault:
    times = _times(wanted["times"]) if "times" in wanted else None
    known = known_faults.ALL.get(wanted.get("name", ""))
    if known is not None:
        extra = sorted(wanted.keys() - {"name", "times"})
        if extra:
            raise InvalidInput(
                f"{known.name} is a known fault and accepts only name and times. Remove {extra[0]}."
            )
        times = times if "times" in wanted else known.times
        return Fault(name=known.name, rules=known.rules, times=times, remaining=times)
    if "name" in wanted and "service" not in wanted:
        raise InvalidInput(
            f"There is no known fault {wanted['name']!r}. GET /_lab/faults lists the known faults."
        )
    return Fault(
        name=str(wanted.get("name") or "custom")[:80], rules=(_rule(wanted),), times=times, remaining=times
    )


def _rule(wanted: JsonObject) -> Rule:
    unknown = sorted(wanted.keys() - _FIELDS)
    if unknown:
        raise InvalidInput(f"A fault has no field {unknown[0]}. Its fields are {', '.join(sorted(_FIELDS))}.")
    for name, (pattern, example) in _PATTERNS.items():
        if not isinstance(wanted.get(name), str) or not pattern.fullmatch(wanted[name]):
            raise InvalidInput(f"{name} must be {example}.")
    message = wanted.get("message")
    if not isinstance(message, str) or not 0 < len(message) <= MAX_MESSAGE_LENGTH:
        raise InvalidInput(f"message must be a text of 1 to {MAX_MESSAGE_LENGTH} characters.")
    status = wanted.get("status", 400)
    if not _is_integer(status) or status not in _STATUSES:
        raise InvalidInput(f"status must be one of {', '.join(map(str, _STATUSES))}.")
    return Rule(**{name: wanted[name] for name in _PATTERNS}, message=message, status=status)


def _times(value: object) -> int | None:
    if value is None:
        return None
    if not _is_integer(value) or not 1 <= value <= MAX_TIMES:
        raise InvalidInput(
            f"times must be a number from 1 to {MAX_TIMES}, or null (on until it is switched off)."
        )
    return value


def _is_integer(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _restored(saved: JsonObject) -> Fault | None:
    known = known_faults.ALL.get(saved["name"])
    try:
        rules = (
            known.rules
            if known
            else (_rule({name: saved[name] for name in (*_PATTERNS, "message", "status")}),)
        )
    except InvalidInput:  # a known fault of an older version; its rules cannot be entered by hand
        return None
    fields = {name: saved[name] for name in ("id", "name", "times", "remaining", "hits", "since")}
    return Fault(rules=rules, **fields)
