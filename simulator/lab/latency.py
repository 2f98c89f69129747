"""How long things take: the times of AWS on a scale."""

import math
import time
from collections.abc import Callable
from typing import Any

from simulator.lab.faults import Unusable
from simulator.pending import Change, Pending

LARGEST_SCALE = 10
# What people measured in AWS (Seoul where there was a choice): the middle of thirteen logs for databases, of
# seventeen for NAT gateways. An asterisk: no clean log was found, an estimate.
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
    "group instance's end": 40,  # * and the target group's deregistration delay
    "group deletion": 43,  # a little after its last instance; 343 was seen with the default delay of 300
    "target": 75,  # boot with packages, and two health checks
    "refresh's beginning": 10,  # * of an instance refresh, until it does something
    "instance's replacement": 120,  # * of a refresh, with the warm-up
    "next launch": 30,  # * after one that failed
}


class Latency:
    """The time scale, and what is under way. 0: everything is there at once. 1: as slow as AWS."""

    def __init__(self, scale: float, *, pending: Pending, on_change: Callable[[], None]) -> None:
        self._scale = scale
        self.pending = pending
        self._on_change = on_change

    @property
    def scale(self) -> float:
        return self._scale

    def seconds(self, kind: str) -> float:
        return REAL_SECONDS[kind] * self._scale

    def later(self, kind: str, backend: Any, resource_id: str, *, extra: float = 0, **details: Any) -> bool:
        """Put off a change of `kind`, by its time and `extra` real seconds. False when nothing takes time.

        `backend` is moto's, of the account and region where the resource is.
        """
        if self._scale == 0:
            return False
        self.after((REAL_SECONDS[kind] + extra) * self._scale, kind, backend, resource_id, **details)
        return True

    def after(self, seconds: float, kind: str, backend: Any, resource_id: str, **details: Any) -> None:
        """Put off a change for a time of its own, whatever the scale."""
        now = time.time()
        self.pending.add(
            Change(
                kind=kind,
                account_id=backend.account_id,
                region=backend.region_name,
                id=resource_id,
                began_at=now,
                due_at=now + seconds,
                details=details,
            )
        )

    def set(self, wanted: dict[str, Any]) -> None:
        """Another scale, from `{"scale": 0.1}`. What is under way gets faster or slower with it.

        Raises Unusable.
        """
        scale = wanted.get("scale")
        if wanted.keys() != {"scale"} or not is_scale(scale):
            raise Unusable(f'Send {{"scale": 0.1}}, with a number from 0 (at once) to {LARGEST_SCALE}.')
        before, self._scale = self._scale, float(scale or 0)
        if before:
            self.pending.stretch(self._scale / before)
        self._on_change()

    def as_json(self) -> dict[str, Any]:
        now = time.time()
        under_way = [
            {
                "kind": change.kind,
                "id": change.id,
                "region": change.region,
                "seconds": round(change.due_at - change.began_at, 1),
                "seconds_left": round(max(0.0, change.due_at - now), 1),
            }
            for change in self.pending.all()
        ]
        return {"scale": self._scale, "real_seconds": REAL_SECONDS, "pending": under_way}


def is_scale(given: Any) -> bool:
    """Whether it is a number that may be a time scale."""
    is_number = isinstance(given, int | float) and not isinstance(given, bool)
    return is_number and math.isfinite(given) and 0 <= given <= LARGEST_SCALE
