"""What the load balancer finds when it checks its targets."""

import re
import threading
import uuid
from collections.abc import Callable
from typing import Any

from simulator.lab.faults import Unusable

# AWS's reason codes: the state that goes with each, and its description.
REASONS: dict[str, tuple[str, str]] = {
    "Elb.RegistrationInProgress": ("initial", "Target registration is in progress"),
    "Elb.InitialHealthChecking": ("initial", "Initial health checks in progress"),
    "Target.ResponseCodeMismatch": ("unhealthy", "Health checks failed with these codes: [502]"),
    "Target.Timeout": ("unhealthy", "Request timed out"),
    "Target.FailedHealthChecks": ("unhealthy", "Health checks failed"),
    "Elb.InternalError": ("unhealthy", "Health checks failed due to an internal error"),
    "Target.NotInUse": (
        "unused",
        "Target group is not configured to receive traffic from the load balancer",
    ),
    "Target.InvalidState": ("unused", "Target is in the stopped state"),
    "Target.IpUnusable": ("unused", "Target IP address is reserved for use by a Network Load Balancer"),
    "Target.DeregistrationInProgress": ("draining", "Target deregistration is in progress"),
    "Target.HealthCheckDisabled": ("unavailable", "Health checks are disabled for this target"),
}
ALL = "*"
_FIELDS = frozenset({"target_group", "target", "reason", "description"})
_NAME = re.compile(r"[A-Za-z0-9:/._-]{1,256}|\*")
Health = dict[str, str]


class Targets:
    """Findings that people have set, the newest first: it wins."""

    def __init__(self, kept: list[Health], *, on_change: Callable[[], None]) -> None:
        self._lock = threading.Lock()
        self._on_change = on_change
        self._findings = [each for each in kept if each.get("reason") in REASONS]

    def as_json(self) -> list[Health]:
        return self._findings

    def add(self, wanted: dict[str, Any]) -> Health:
        """A finding for a target of a group, each `*` for all, in an equal one's place. Raises Unusable."""
        unknown = sorted(wanted.keys() - _FIELDS)
        if unknown:
            raise Unusable(f"A target's health has no {unknown[0]}; it has {', '.join(sorted(_FIELDS))}.")
        reason = wanted.get("reason")
        if reason not in REASONS:
            raise Unusable(f"reason must be one of {', '.join(REASONS)}.")
        group, target = wanted.get("target_group", ALL), wanted.get("target", ALL)
        if not all(isinstance(each, str) and _NAME.fullmatch(each) for each in (group, target)):
            raise Unusable("target_group must be a name or an ARN, target an id; * stands for all.")
        state, usual = REASONS[reason]
        description = wanted.get("description") or usual
        if not isinstance(description, str) or len(description) > 500:
            raise Unusable("description must be a text of at most 500 characters.")
        finding = {
            "id": uuid.uuid4().hex[:12],
            "target_group": group,
            "target": target,
            "state": state,
            "reason": reason,
            "description": description,
        }
        with self._lock:
            place = (group, target)
            others = [each for each in self._findings if (each["target_group"], each["target"]) != place]
            self._findings = [finding, *others]
            self._on_change()
        return finding

    def remove(self, finding_id: str) -> bool:
        """Let the health be what it is; False if there is no finding of that id."""
        with self._lock:
            left = [each for each in self._findings if each["id"] != finding_id]
            found = len(left) < len(self._findings)
            self._findings = left
            if found:
                self._on_change()
            return found

    def clear(self) -> None:
        with self._lock:
            self._findings = []
            self._on_change()

    def found(self, *, group_name: str, group_arn: str, target: str) -> Health | None:
        """What was set for that target, if anything."""
        for each in self._findings:
            if each["target_group"] in (ALL, group_name, group_arn) and each["target"] in (ALL, target):
                return each
        return None
