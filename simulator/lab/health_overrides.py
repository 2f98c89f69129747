"""Target health set by people, instead of the result of a health check."""

import re
import threading
import uuid
from collections.abc import Callable

from simulator.json_types import JsonObject
from simulator.lab.validation import InvalidInput

# AWS's reason codes with their state and description.
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
    "Target.IpInvalidInput": ("unused", "Target IP address is reserved for use by a Network Load Balancer"),
    "Target.DeregistrationInProgress": ("draining", "Target deregistration is in progress"),
    "Target.HealthCheckDisabled": ("unavailable", "Health checks are disabled for this target"),
}
ALL = "*"
_FIELDS = frozenset({"target_group", "target", "reason", "description"})
_NAME = re.compile(r"[A-Za-z0-9:/._-]{1,256}|\*")
Health = dict[str, str]


class HealthOverrides:
    """The health that people have set for targets. The newest comes first and takes precedence."""

    def __init__(self, saved: list[Health], *, on_change: Callable[[], None]) -> None:
        self._lock = threading.Lock()
        self._on_change = on_change
        self._overrides = [each for each in saved if each.get("reason") in REASONS]

    def as_json(self) -> list[Health]:
        return self._overrides

    def add(self, wanted: JsonObject) -> Health:
        """Set the health of a target in a target group; `*` means all. Replaces its earlier override.

        Raises InvalidInput.
        """
        unknown = sorted(wanted.keys() - _FIELDS)
        if unknown:
            raise InvalidInput(
                f"Target health has no field {unknown[0]}. Its fields are {', '.join(sorted(_FIELDS))}."
            )
        reason = wanted.get("reason")
        if reason not in REASONS:
            raise InvalidInput(f"reason must be one of {', '.join(REASONS)}.")
        group, target = wanted.get("target_group", ALL), wanted.get("target", ALL)
        if not all(isinstance(each, str) and _NAME.fullmatch(each) for each in (group, target)):
            raise InvalidInput("target_group must be a name or an ARN and target an id, or * for all.")
        state, default = REASONS[reason]
        description = wanted.get("description") or default
        if not isinstance(description, str) or len(description) > 500:
            raise InvalidInput("description must be a string of at most 500 characters.")
        override = {
            "id": uuid.uuid4().hex[:12],
            "target_group": group,
            "target": target,
            "state": state,
            "reason": reason,
            "description": description,
        }
        with self._lock:
            selected = (group, target)
            others = [each for each in self._overrides if (each["target_group"], each["target"]) != selected]
            self._overrides = [override, *others]
            self._on_change()
        return override

    def remove(self, override_id: str) -> bool:
        """Return the target to its own health. False if no override has that id."""
        with self._lock:
            left = [each for each in self._overrides if each["id"] != override_id]
            found = len(left) < len(self._overrides)
            self._overrides = left
            if found:
                self._on_change()
            return found

    def clear(self) -> None:
        with self._lock:
            self._overrides = []
            self._on_change()

    def find(self, *, group_name: str, group_arn: str, target: str) -> Health | None:
        """The override for that target, None if there is none."""
        for each in self._overrides:
            if each["target_group"] in (ALL, group_name, group_arn) and each["target"] in (ALL, target):
                return each
        return None
