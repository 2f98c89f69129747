"""The faults that are switched on: added by people, asked by every request."""

import re
import threading
from collections.abc import Callable
from typing import Any

from simulator.lab import known_faults
from simulator.lab.calls import Call
from simulator.lab.fault import Fault, Rule

MOST_TIMES = 1000
LONGEST_MESSAGE = 4000
_SHAPES = {
    "service": (re.compile(r"[a-z0-9-]{2,40}|\*"), "a signing name such as ec2, rds or elasticloadbalancing"),
    "action": (re.compile(r"[A-Za-z0-9*]{1,80}"), "an action such as AllocateAddress, or Create*"),
    "code": (re.compile(r"[A-Za-z0-9._-]{1,80}"), "an AWS error code such as AddressLimitExceeded"),
}
_OWN = frozenset({*_SHAPES, "message", "status", "times", "name"})


class Unusable(Exception):
    """What was sent describes no fault, health or text; the sentence says what is wrong with it."""


class Faults:
    """Every fault that is switched on, oldest first. `on_change` is called after each change of them."""

    def __init__(self, kept: list[dict[str, Any]], *, on_change: Callable[[], None]) -> None:
        self._lock = threading.Lock()
        self._on_change = on_change
        self._faults = [fault for fault in map(_restored, kept) if fault is not None]

    def none(self) -> bool:
        """Nearly always: then a request need not be read for them."""
        return not self._faults

    def as_json(self) -> list[dict[str, Any]]:
        with self._lock:
            return [fault.as_json() for fault in self._faults]

    def to_keep(self) -> list[dict[str, Any]]:
        """Called by `on_change`, with or without the lock: the list is replaced, never changed."""
        return [fault.as_json() for fault in self._faults]

    def add(self, wanted: dict[str, Any]) -> dict[str, Any]:
        """Switch a fault on. A known one that is on already begins again. Raises Unusable."""
        fault = _described(wanted)
        with self._lock:
            known = fault.name in known_faults.ALL
            others = [each for each in self._faults if not (known and each.name == fault.name)]
            self._faults = [*others, fault]
            self._on_change()
            return fault.as_json()

    def remove(self, fault_id: str) -> bool:
        """Switch one off; False if there is none of that id."""
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

    def take(self, call: Call) -> tuple[Fault, Rule] | None:
        """The fault for this call and its rule, counted; None where the call passes."""
        with self._lock:
            for fault in self._faults:
                rule = fault.rule_for(call)
                if rule is not None:
                    self._count(fault, rule)
                    return None if rule.ends else (fault, rule)
        return None

    def _count(self, fault: Fault, rule: Rule) -> None:
        if rule.ends:
            self._faults = [each for each in self._faults if each is not fault]
        elif rule.spends:
            fault.spend()
        else:
            return
        self._on_change()


def lock_values(fault: Fault) -> dict[str, str]:
    """For the body of the held lock: one id as long as the fault is on, so that it can be broken by id."""
    digits = fault.id.ljust(32, "0")
    groups = (digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])
    return {"lock_id": "-".join(groups), "switched_on": fault.since}


def _described(wanted: dict[str, Any]) -> Fault:
    times = _times(wanted["times"]) if "times" in wanted else None
    known = known_faults.ALL.get(wanted.get("name", ""))
    if known is not None:
        extra = sorted(wanted.keys() - {"name", "times"})
        if extra:
            raise Unusable(f"{known.name} is a known fault: beside its name only times can be given.")
        times = times if "times" in wanted else known.times
        return Fault(name=known.name, rules=known.rules, times=times, remaining=times)
    if "name" in wanted and "service" not in wanted:
        raise Unusable(f"There is no known fault {wanted['name']!r}; GET /_lab/faults lists those there are.")
    return Fault(
        name=str(wanted.get("name") or "custom")[:80], rules=(_rule(wanted),), times=times, remaining=times
    )


def _rule(wanted: dict[str, Any]) -> Rule:
    unknown = sorted(wanted.keys() - _OWN)
    if unknown:
        raise Unusable(f"A fault has no {unknown[0]}; it has {', '.join(sorted(_OWN))}.")
    for name, (shape, example) in _SHAPES.items():
        if not isinstance(wanted.get(name), str) or not shape.fullmatch(wanted[name]):
            raise Unusable(f"{name} must be {example}.")
    message = wanted.get("message")
    if not isinstance(message, str) or not 0 < len(message) <= LONGEST_MESSAGE:
        raise Unusable(f"message must be a text of 1 to {LONGEST_MESSAGE} characters.")
    status = wanted.get("status", 400)
    if not _is_count(status) or status not in (400, 401, 403, 404, 409, 412, 429, 500, 502, 503, 504):
        raise Unusable("status must be an HTTP status of an AWS error: 400, 403, 404, 409, 412, 500 or 503.")
    return Rule(**{name: wanted[name] for name in _SHAPES}, message=message, status=status)


def _times(given: Any) -> int | None:
    if given is None:
        return None
    if not _is_count(given) or not 1 <= given <= MOST_TIMES:
        raise Unusable(
            f"times must be a number from 1 to {MOST_TIMES}, or null for until it is switched off."
        )
    return int(given)


def _is_count(given: Any) -> bool:
    return isinstance(given, int) and not isinstance(given, bool)


def _restored(kept: dict[str, Any]) -> Fault | None:
    known = known_faults.ALL.get(kept["name"])
    try:
        rules = (
            known.rules if known else (_rule({name: kept[name] for name in (*_SHAPES, "message", "status")}),)
        )
    except Unusable:  # a known one of an older version, which had more than one can give
        return None
    counted = {name: kept[name] for name in ("id", "name", "times", "remaining", "hits", "since")}
    return Fault(rules=rules, **counted)
