"""Changes that happen to resources later: a database is `creating` now and `available` in five minutes.

No thread runs here. Each request to the account first applies the changes that are due. So no response is
delayed; only a resource's status takes time, as in AWS. Times are wall clock times and are saved with the
account, so time passes while the simulator is stopped.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

log = logging.getLogger(__name__)

# What a change needs to know besides its resource. Plain values only: they are saved.
Details = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class ScheduledChange:
    """A change of `kind` to resource `id` in that account and region. Times in seconds since the epoch."""

    kind: str
    account_id: str
    region: str
    id: str
    began_at: float
    due_at: float
    details: Details = field(default_factory=dict)


class ScheduledChanges:
    """The account's scheduled changes, one per kind and resource: a later one replaces an earlier one."""

    def __init__(self) -> None:
        # Reentrant: applying one change may schedule the next.
        self._lock = threading.RLock()
        self._changes: dict[tuple[str, str, str, str], ScheduledChange] = {}
        self._handlers: dict[str, Callable[[ScheduledChange], None]] = {}

    def on_due(self, kind: str, handler: Callable[[ScheduledChange], None]) -> None:
        """Call `handler` for each change of this kind when it is due."""
        self._handlers[kind] = handler

    def add(self, change: ScheduledChange) -> None:
        with self._lock:
            self._changes[change.kind, change.account_id, change.region, change.id] = change

    def apply_due(self) -> bool:
        """Apply every change that is due. True if there was one: then the account has changed."""
        if not self._changes:  # the usual case
            return False
        with self._lock:
            due = [key for key, change in self._changes.items() if change.due_at <= time.time()]
            for key in due:
                self._apply(self._changes.pop(key))
        return bool(due)

    def _apply(self, change: ScheduledChange) -> None:
        try:
            self._handlers[change.kind](change)
        except Exception:
            # The resource may be gone by now. An unrelated request must not fail because of that.
            log.exception("cannot apply the scheduled change %r to %s", change.kind, change.id)

    def rescale(self, factor: float) -> None:
        """Multiply the remaining time of each change by `factor`; 0 makes all of them due."""
        with self._lock:
            now = time.time()
            for key, change in self._changes.items():
                remaining = max(0.0, change.due_at - now) * factor
                self._changes[key] = ScheduledChange(**{**vars(change), "due_at": now + remaining})

    def all(self) -> list[ScheduledChange]:
        """All changes, the next one first."""
        with self._lock:
            return sorted(self._changes.values(), key=lambda change: change.due_at)

    def clear(self) -> None:
        with self._lock:
            self._changes.clear()

    def dump(self) -> list[dict[str, Any]]:
        """The changes as plain values, for the account's snapshot."""
        return [asdict(change) for change in self.all()]

    def restore(self, saved: list[dict[str, Any]] | None) -> None:
        """Replace all changes by those from a snapshot; None if the snapshot has none."""
        self.clear()
        for each in saved or []:
            self.add(ScheduledChange(**each))
