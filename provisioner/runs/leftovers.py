"""What an interrupted apply left: the typed form of the column `Run.leftovers`."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Required, TypedDict

from provisioner.models import Run


class _StateJson(TypedDict):
    serial: int
    written_at: str
    resources: int
    is_by_this_run: bool


class _LockJson(TypedDict, total=False):
    id: str
    who: str
    operation: str
    created_at: str | None
    owner: str
    error: str


class _HostJson(TypedDict):
    lives: bool
    keeps_state: bool


class _Column(TypedDict, total=False):
    """The JSON of the column. Rows of earlier versions have fewer keys."""

    at: Required[str]
    finished: list[str]
    in_flight: list[str]
    state: _StateJson | None
    lock: _LockJson | None
    host: _HostJson | None


class LockOwner(StrEnum):
    """Whose the lock on the state is, as far as it is known."""

    THIS_RUN = "this run"
    ANOTHER = "another"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class StateSummary:
    """The newest recorded version of the environment's state."""

    serial: int
    written_at: datetime
    resources: int
    is_by_this_run: bool


@dataclass(frozen=True, kw_only=True)
class StateLock:
    """The lock that Terraform left on the state. An empty `id` or `who` is not known."""

    id: str
    who: str
    operation: str
    created_at: datetime | None
    owner: LockOwner


@dataclass(frozen=True, kw_only=True)
class HostFindings:
    """What the run's own host knows: does any process of the run live, and is an unsaved state kept there?"""

    lives: bool
    keeps_state: bool


@dataclass(frozen=True, kw_only=True)
class Leftovers:
    """Everything that is known about the run at one moment.

    `finished` and `in_flight` are addresses of resources. `lock` is None if the state is not locked, or if
    that is not known: then `lock_error` says why. `host` is None if the workspace is on another host.
    """

    at: datetime
    finished: tuple[str, ...] = ()
    in_flight: tuple[str, ...] = ()
    state: StateSummary | None = None
    lock: StateLock | None = None
    lock_error: str = ""
    host: HostFindings | None = None

    def as_json(self) -> dict[str, object]:
        """For the column, and for the API: times are ISO 8601."""
        return {
            "at": self.at.isoformat(),
            "finished": list(self.finished),
            "in_flight": list(self.in_flight),
            "state": _state_as_json(self.state),
            "lock": {"error": self.lock_error} if self.lock_error else _lock_as_json(self.lock),
            "host": vars(self.host).copy() if self.host else None,
        }


def of_run(run: Run) -> Leftovers | None:
    """What the run's column holds; None if nothing was recorded."""
    return _from_json(run.leftovers) if run.leftovers else None


def _from_json(column: _Column) -> Leftovers:
    state, host = column.get("state"), column.get("host")
    lock: _LockJson = column.get("lock") or {}
    return Leftovers(
        at=datetime.fromisoformat(column["at"]),
        finished=tuple(column.get("finished", ())),
        in_flight=tuple(column.get("in_flight", ())),
        state=_state_from_json(state) if state else None,
        lock=_lock_from_json(lock) if lock and "error" not in lock else None,
        lock_error=lock.get("error", ""),
        host=HostFindings(**host) if host else None,
    )


def _state_from_json(state: _StateJson) -> StateSummary:
    return StateSummary(
        serial=state["serial"],
        written_at=datetime.fromisoformat(state["written_at"]),
        resources=state["resources"],
        is_by_this_run=state["is_by_this_run"],
    )


def _lock_from_json(lock: _LockJson) -> StateLock:
    created_at = lock.get("created_at")
    return StateLock(
        id=lock.get("id", ""),
        who=lock.get("who", ""),
        operation=lock.get("operation", ""),
        created_at=datetime.fromisoformat(created_at) if created_at else None,
        owner=LockOwner(lock.get("owner", LockOwner.UNKNOWN)),
    )


def _state_as_json(state: StateSummary | None) -> dict[str, object] | None:
    return vars(state) | {"written_at": state.written_at.isoformat()} if state else None


def _lock_as_json(lock: StateLock | None) -> dict[str, object] | None:
    if lock is None:
        return None
    created_at = lock.created_at.isoformat() if lock.created_at else None
    return vars(lock) | {"created_at": created_at, "owner": lock.owner.value}
