"""How long changes take: AWS's times, multiplied by the time scale."""

import math
import time
from collections.abc import Callable
from typing import Any, TypeGuard

from moto.core.base_backend import BaseBackend

from simulator.json_types import JsonObject
from simulator.lab.validation import InvalidInput
from simulator.scheduled_changes import ScheduledChange, ScheduledChanges

MAX_SCALE = 10
# Seconds in AWS, as people measured them (in Seoul if there was a choice): the median of thirteen logs for
# databases, of seventeen for NAT gateways. An asterisk marks an estimate: no clean log was found.
# The names are in the API and in snapshots.
REAL_SECONDS = {
    "database": 300,  # one zone; 196 to 368
    "database in two zones": 600,
    "database change": 60,  # *
    "large database change": 300,  # * another class, size or zone
    "database deletion": 150,  # 111 to 285
    "NAT gateway": 95,  # 84 to 125
    "NAT gateway deletion": 50,  # 42 to 61
    "load balancer": 150,  # 135 to 187
    "interface endpoint": 75,  # *
    "interface endpoint deletion": 60,  # *
    "instance": 16,  # 13 to 18
    "instance's end": 30,  # *
    "group instance's end": 40,  # * plus the target group's deregistration delay
    "group deletion": 43,  # shortly after its last instance; 343 was measured with the default delay of 300
    "target": 75,  # boot with packages, and two health checks
    "refresh's beginning": 10,  # * from the start of an instance refresh to its first step
    "instance's replacement": 120,  # * in an instance refresh, with the warm-up
    "next launch": 30,  # * after a failed launch
}


class Latency:
    """The time scale and the scheduled changes. Scale 0: nothing takes time; 1: as long as in AWS."""

    def __init__(self, scale: float, *, changes: ScheduledChanges, on_change: Callable[[], None]) -> None:
        self._scale = scale
        self.changes = changes
        self._on_change = on_change

    @property
    def scale(self) -> float:
        return self._scale

    def seconds(self, kind: str) -> float:
        """How long a change of this kind takes now."""
        return REAL_SECONDS[kind] * self._scale

    def schedule(
        self, kind: str, backend: BaseBackend, resource_id: str, *, extra: float = 0, **details: Any
    ) -> bool:
        """Schedule a change after the time of its kind plus `extra` real seconds, both times the scale.

        `backend` is moto's backend with the resource's account and region. Returns False, and schedules
        nothing, if the scale is 0: then the caller makes the change now.
        """
        if self._scale == 0:
            return False
        self.schedule_in((REAL_SECONDS[kind] + extra) * self._scale, kind, backend, resource_id, **details)
        return True

    def schedule_in(
        self, seconds: float, kind: str, backend: BaseBackend, resource_id: str, **details: Any
    ) -> None:
        """Schedule a change in this many seconds, whatever the scale is."""
        now = time.time()
        self.changes.add(
            ScheduledChange(
                kind=kind,
                account_id=backend.account_id,
                region=backend.region_name,
                id=resource_id,
                began_at=now,
                due_at=now + seconds,
                details=details,
            )
        )

    def set(self, wanted: JsonObject) -> None:
        """Set the scale from `{"scale": 0.1}`. Scheduled changes become faster or slower, too.

        Raises InvalidInput.
        """
        scale = wanted.get("scale")
        if wanted.keys() != {"scale"} or not is_scale(scale):
            raise InvalidInput(
                f'scale must be a number from 0 (nothing takes time) to {MAX_SCALE}, as in {{"scale": 0.1}}.'
            )
        before, self._scale = self._scale, float(scale)
        if before:
            self.changes.rescale(self._scale / before)
        self._on_change()

    def as_json(self) -> JsonObject:
        now = time.time()
        pending = [
            {
                "kind": change.kind,
                "id": change.id,
                "region": change.region,
                "seconds": round(change.due_at - change.began_at, 1),
                "seconds_left": round(max(0.0, change.due_at - now), 1),
            }
            for change in self.changes.all()
        ]
        return {"scale": self._scale, "real_seconds": REAL_SECONDS, "pending": pending}


def is_scale(value: object) -> TypeGuard[float]:
    """Whether the value is a valid time scale."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return False
    return math.isfinite(value) and 0 <= value <= MAX_SCALE
