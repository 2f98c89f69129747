"""What becomes of the account's resources in time: a database is being created, and is available later.

Nothing here runs by itself: every request to the account first makes what is due by then. So an answer takes
no longer, as in AWS, where only a resource's status does. Times are on the wall clock, and are kept with the
account: they go on while it is switched off.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Change:
    """`kind` says what is to be done, to `id` in that account and region. Times in seconds since the epoch.

    `details` hold what it takes beside that; plain values only, they are kept.
    """

    kind: str
    account_id: str
    region: str
    id: str
    began_at: float
    due_at: float
    details: dict[str, Any] = field(default_factory=dict)


class Pending:
    """The account's changes to come. One of a kind for each resource: a later one takes its place."""

    def __init__(self) -> None:
        # Making one change may bring the next.
        self._lock = threading.RLock()
        self._changes: dict[tuple[str, str, str, str], Change] = {}
        self._makers: dict[str, Callable[[Change], None]] = {}

    def make_with(self, kind: str, make: Callable[[Change], None]) -> None:
        """Say how changes of a kind are made."""
        self._makers[kind] = make

    def add(self, change: Change) -> None:
        with self._lock:
            self._changes[change.kind, change.account_id, change.region, change.id] = change

    def settle(self) -> bool:
        """Make every change that is due. True if there was any: then the account has changed."""
        if not self._changes:  # nearly always
            return False
        with self._lock:
            due = [key for key, change in self._changes.items() if change.due_at <= time.time()]
            for key in due:
                self._make(self._changes.pop(key))
        return bool(due)

    def _make(self, change: Change) -> None:
        try:
            self._makers[change.kind](change)
        except Exception:
            # The resource may be gone by another way; a request of somebody else must not fail on it.
            log.exception("%s of %s did not become", change.kind, change.id)

    def stretch(self, factor: float) -> None:
        """What is left of each time becomes that many times as long; 0 makes all of them due."""
        with self._lock:
            now = time.time()
            for key, change in self._changes.items():
                left = max(0.0, change.due_at - now) * factor
                self._changes[key] = Change(**{**vars(change), "due_at": now + left})

    def all(self) -> list[Change]:
        with self._lock:
            return sorted(self._changes.values(), key=lambda change: change.due_at)

    def clear(self) -> None:
        with self._lock:
            self._changes.clear()

    def dump(self) -> list[dict[str, Any]]:
        """For the account's snapshot."""
        return [asdict(change) for change in self.all()]

    def restore(self, kept: list[dict[str, Any]] | None) -> None:
        """From the account's snapshot; None for one that had none yet."""
        self.clear()
        for each in kept or []:
            self.add(Change(**each))
