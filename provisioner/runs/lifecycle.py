"""The run's lifecycle: the table of status changes, and the one function that writes a status."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from provisioner import audit
from provisioner.models import Environment, Run
from provisioner.run_status import FINAL, SUCCEEDED, EnvironmentStatus, RunKind, RunStatus
from provisioner.runs import events
from provisioner.stored_text import EMPTY, StoredText, english

S = RunStatus
MOVES: dict[RunStatus, frozenset[RunStatus]] = {
    S.QUEUED: frozenset({S.PLANNING, S.CANCELLED}),
    S.PLANNING: frozenset({S.PLANNED, S.UNCHANGED, S.CANCELLED, S.FAILED, S.NEEDS_ATTENTION}),
    S.PLANNED: frozenset({S.APPROVED, S.DISCARDED, S.EXPIRED}),
    S.APPROVED: frozenset({S.APPLYING, S.CANCELLED}),
    S.APPLYING: frozenset({S.APPLIED, S.CANCELLED, S.FAILED, S.NEEDS_ATTENTION}),
    S.NEEDS_ATTENTION: frozenset({S.FAILED}),
} | {status: frozenset() for status in FINAL}

_WORKING = {
    RunKind.CREATE: EnvironmentStatus.CREATING,
    RunKind.UPDATE: EnvironmentStatus.UPDATING,
    RunKind.DESTROY: EnvironmentStatus.DESTROYING,
}


class CannotMove(Exception):
    """The run cannot change to this status, or somebody else changed it first."""


class LeaseLost(Exception):
    """Another worker has claimed the run since. What this worker knows is out of date."""


@dataclass(frozen=True, kw_only=True)
class Move:
    """A change of status: where to, why, and columns written with it.

    `untouched`: the apply that ends has changed nothing, so the environment is what it was before.
    """

    to: RunStatus
    reason: StoredText = EMPTY
    columns: Mapping[str, object] | None = None
    untouched: bool = False


def read_digest(run_id: UUID) -> events.Digest:
    """The digest that `move` seals a run with, as far as it can be read now; for callers that lock rows
    first.
    """
    digest = events.Digest(run_id)
    digest.read_on()
    return digest


def move(
    *,
    run_id: UUID,
    to: Move,
    now: datetime,
    fence: int | None = None,
    event_phase: str = "",
    digest: events.Digest | None = None,
) -> Run:
    """Write a status, with its event and its audit entry, in one transaction under the run's row lock.

    `fence` is the claim under which a worker acts; a person has none. Raises CannotMove, LeaseLost.
    """
    if digest is None and to.to in FINAL:
        # Before anything is locked: events are only appended, never changed.
        digest = read_digest(run_id)
    with transaction.atomic():
        run = lock_run(run_id)
        if fence is not None:
            check_fence(run, fence)
        if to.to not in MOVES[RunStatus(run.status)]:
            raise CannotMove(_refusal(run, to.to))
        before = RunStatus(run.status)
        # Before the head of the audit trail, which everybody locks last.
        run.environment = lock_environment(run.environment_id)
        _write(run, to, now)
        _record(run, before, to, now, event_phase)
        _update_environment(run, before, to, now)
        if digest is not None:
            _seal(run, digest, now)
    return run


def lock_run(run_id: UUID) -> Run:
    """The run, with its row locked until the end of the open transaction. SQLite locks the whole database."""
    return Run.objects.select_for_update(of=("self",)).select_related("environment__team").get(pk=run_id)


def lock_environment(environment_id: UUID) -> Environment:
    """The environment, with its row locked until the end of the transaction; always after its run's row."""
    found = Environment.objects.select_for_update(of=("self",)).select_related("team", "account")
    return found.get(pk=environment_id)


def check_fence(row: Run, fence: int) -> None:
    """Raise LeaseLost unless the run, as just read from the database, is still held under this fence."""
    if row.fence != fence:
        raise LeaseLost(f"{row} was claimed by {row.lease_owner or 'another worker'}")


def mark_environment_busy(run: Run) -> None:
    """Set the environment's status for a newly queued run, in the transaction that inserts the run."""
    status = environment_status(run, RunStatus(run.status))
    Environment.objects.filter(pk=run.environment_id).update(
        status=status, status_reason="", status_reason_parts=[]
    )
    run.environment.status, run.environment.status_reason = status, ""
    run.environment.status_reason_parts = []


def mark_environment_lost(*, environment_id: UUID, reason: StoredText, now: datetime) -> None:
    """Record, once, that its account was reset without it. An active run fails by itself."""
    with transaction.atomic():
        environment = lock_environment(environment_id)
        if environment.lost_at or environment.status == EnvironmentStatus.DESTROYED:
            return
        environment.status = EnvironmentStatus.NEEDS_ATTENTION
        environment.status_reason = str(reason)[:500]
        environment.status_reason_parts = reason.as_json()
        environment.lost_at, environment.outputs = now, {}
        environment.save(
            update_fields=["status", "status_reason", "status_reason_parts", "lost_at", "outputs"]
        )
        subject = audit.environment_subject(environment)
        audit.record("environment.lost", subject=subject, details={"reason": str(reason)}, at=now)


def _refusal(run: Run, to: RunStatus) -> str:
    status, wanted = english(RunStatus(run.status).label).lower(), english(to.label).lower()
    return f"This run is {status}; it cannot become {wanted}."


def _write(run: Run, to: Move, now: datetime) -> None:
    columns = {
        "status": to.to,
        "reason": str(to.reason),
        "reason_parts": to.reason.as_json(),
        **(to.columns or {}),
    }
    if to.to in FINAL:
        columns |= {"finished_at": now, "lease_owner": "", "lease_expires_at": None}
    for name, value in columns.items():
        setattr(run, name, value)
    run.save(update_fields=list(columns))


def _record(run: Run, before: RunStatus, to: Move, now: datetime, event_phase: str) -> None:
    change = {"from": before.value, "to": to.to.value}
    level = "error" if to.to in (S.FAILED, S.NEEDS_ATTENTION) else "info"
    reason = str(to.reason)
    # The event log is in English for everybody.
    message = f"{english(to.to.label)}. {reason}".strip()
    events.append(
        run,
        [
            events.NewEvent(
                at=now,
                phase=event_phase or run.phase,
                type="status",
                level=level,
                message=message,
                data=change | {"reason": reason},
            )
        ],
    )
    subject = audit.environment_subject(run.environment, run=run)
    audit.record(f"run.{to.to.value}", subject=subject, details=change | {"reason": reason}, at=now)


def _update_environment(run: Run, before: RunStatus, to: Move, now: datetime) -> None:
    environment = run.environment
    status = environment_status(run, before, untouched=to.untouched)
    environment.status = status
    has_reason = status != EnvironmentStatus.READY
    environment.status_reason = run.reason[:500] if has_reason else ""
    environment.status_reason_parts = run.reason_parts if has_reason else []
    if status == EnvironmentStatus.READY:
        environment.ready_at = environment.ready_at or now
    if status == EnvironmentStatus.DESTROYED:
        environment.destroyed_at = now
    environment.save(
        update_fields=["status", "status_reason", "status_reason_parts", "ready_at", "destroyed_at"]
    )


def environment_status(run: Run, before: RunStatus, *, untouched: bool = False) -> EnvironmentStatus:
    """The environment's status, from its run's status and the one before it."""
    status, kind = RunStatus(run.status), RunKind(run.kind)
    if status == S.NEEDS_ATTENTION:
        return EnvironmentStatus.NEEDS_ATTENTION
    if status not in FINAL:
        return _WORKING[kind]
    if status in SUCCEEDED:
        return EnvironmentStatus.DESTROYED if kind == RunKind.DESTROY else EnvironmentStatus.READY
    if before in (S.APPLYING, S.NEEDS_ATTENTION) and not untouched:
        return EnvironmentStatus.FAILED
    return _untouched(run, status)


def _untouched(run: Run, status: RunStatus) -> EnvironmentStatus:
    """Nothing was applied: the environment is as before. One that never existed is destroyed."""
    if run.environment.lost_at and run.environment_was != EnvironmentStatus.DESTROYED:
        return EnvironmentStatus.NEEDS_ATTENTION
    if run.environment_was:
        return EnvironmentStatus(run.environment_was)
    return EnvironmentStatus.FAILED if status == S.FAILED else EnvironmentStatus.DESTROYED


def _seal(run: Run, digest: events.Digest, now: datetime) -> None:
    run.event_count = run.last_seq
    run.sha256 = digest.read_on()
    run.sealed_at = now
    run.save(update_fields=["event_count", "sha256", "sealed_at"])
