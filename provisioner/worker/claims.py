"""Claiming a run: compare and set under its row lock, with a lease and a fence that only rises."""

import itertools
from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction

from provisioner import permissions
from provisioner.database import outage, retry
from provisioner.models import Environment, Run, Team, WorkerHost
from provisioner.permissions import Person
from provisioner.run_status import HELD_BY_A_WORKER, RunKind, RunStatus
from provisioner.runs import lifecycle
from provisioner.scheduling import hosts, queue
from provisioner.stored_text import EMPTY, StoredText, stored
from provisioner.worker import inspection, leases

log = structlog.get_logger(__name__)

# A run that so many workers could not finish is given to a person.
MOST_CLAIMS = 12


class NotClaimed(Exception):
    """The run cannot be claimed: another worker was first, no slot is free, or other runs come first."""


def claim_with_retry(run: Run, claim: Callable[[], Run]) -> Run:
    """Make a claim, and repeat it until the database answers. `run` is the row as it was read before.

    Raises what the claim raises, and shutdown.ShuttingDown.
    """
    attempts = itertools.count()

    def attempt() -> Run:
        # The connection may have broken after the commit and before its answer. Then the run is ours.
        is_first = next(attempts) == 0
        return claim() if is_first else _own_claim(run) or claim()

    return retry.until_database_answers(attempt)


def _own_claim(before: Run) -> Run | None:
    row = Run.objects.select_related("environment__team").get(pk=before.pk)
    is_ours = row.fence == before.fence + 1 and row.lease_owner == leases.own_name()
    return row if is_ours else None


def to_plan(*, run_id: UUID, now: datetime) -> Run:
    """Claim a queued run for planning. Cancels it if the requester has lost the permission. Raises
    NotClaimed.
    """
    with transaction.atomic():
        _take_slot(now)
        run = _lock_in_status(run_id, RunStatus.QUEUED)
        _leave_unless_next(run, now)
        if reason := why_not_for(run.requested_by, run):
            return _refuse(run, reason, now)
        move = lifecycle.Move(
            to=RunStatus.PLANNING, columns=_lease(run, now) | {"started_at": now, "host_id": hosts.host_id()}
        )
        return lifecycle.move(run_id=run_id, to=move, now=now)


def to_apply(*, run_id: UUID, plan_sha256: str, now: datetime, has_slot: bool) -> Run:
    """Claim an approved run for applying and consume its plan, in one statement.

    `plan_sha256` is that of the plan file on disk. `has_slot`: this worker has just planned the run. Raises
    NotClaimed, also if the plan was consumed before or is not the approved one.
    """
    with transaction.atomic():
        if not has_slot:
            _take_slot(now)
        run = _lock_in_status(run_id, RunStatus.APPROVED)
        if not has_slot:
            _leave_unless_next(run, now)
        reason = why_not_for(run.requested_by, run) or _stop_request(run) or _plan_refusal(run, plan_sha256)
        if reason:
            return _refuse(run, reason, now)
        columns = _lease(run, now) | {"applying_at": now, "plan_consumed_at": now}
        move = lifecycle.Move(to=RunStatus.APPLYING, columns=columns)
        return lifecycle.move(run_id=run_id, to=move, now=now)


def adopt(*, run_id: UUID, now: datetime) -> Run:
    """Take over a run whose worker is gone. Raises NotClaimed while its lease holds, or on another host."""
    with transaction.atomic():
        run = lifecycle.lock_run(run_id)
        if run.status not in HELD_BY_A_WORKER or run.host_id != hosts.host_id():
            raise NotClaimed(f"{run} is {run.status} on host {run.host_id or 'none'}")
        if not leases.is_free(run, now=now):
            raise NotClaimed(f"{run} belongs to {run.lease_owner}")
        if run.fence < MOST_CLAIMS:
            columns = _lease(run, now)
            Run.objects.filter(pk=run.pk).update(**columns)
            for name, value in columns.items():
                setattr(run, name, value)
            return run
    return _give_up(run, now)


def refresh(run: Run) -> None:
    """Read the row again, under the same claim. Raises lifecycle.LeaseLost.

    Do not use `refresh_from_db` alone: it would adopt the fence of a worker that claimed the run since.
    """
    fence = run.fence
    retry.until_database_answers(run.refresh_from_db)
    lifecycle.check_fence(run, fence)


def release(*, run: Run) -> None:
    """End this worker's lease, so that the next worker need not wait for it to expire."""
    own = Run.objects.filter(pk=run.pk, fence=run.fence, status__in=HELD_BY_A_WORKER)
    try:
        own.update(lease_expires_at=None)
    except outage.ERRORS as error:
        log.warning("lease not released; it will expire", run_id=str(run.pk), error=str(error))


def why_not_for(person: Person, run: Run) -> StoredText:
    """Why this person can no longer have this run carried out; empty if they can."""
    act = permissions.Act.DESTROY if run.kind == RunKind.DESTROY else permissions.Act.CHANGE
    environment = Environment.objects.select_related("team").get(pk=run.environment_id)
    if permissions.may(person, act, environment):
        return EMPTY
    if act is permissions.Act.DESTROY:
        return stored(
            "%(person)s, who ordered this, can no longer destroy this environment.", person=person.username
        )
    return stored(
        "%(person)s, who ordered this, can no longer change this environment.", person=person.username
    )


def _take_slot(now: datetime) -> None:
    # The host's row lock. Without it, two processes of one host could both take the last free slot.
    own = WorkerHost.objects.select_for_update().filter(pk=hosts.host_id())
    host = own.first()
    if host is None:
        # Before the first heartbeat there is no row, and a missing row locks nobody out.
        hosts.beat(now=now)
        host = own.get()
    if host.trouble and hosts.alive(now=now).filter(trouble="").exists():
        # This host would fail run after run. If it is the only host, let it fail: a failed run says why.
        raise NotClaimed(f"another host has what is missing here: {host.trouble}")
    here = Run.objects.filter(status__in=HELD_BY_A_WORKER, host_id=hosts.host_id()).count()
    if here >= settings.RUN_SLOTS:
        raise NotClaimed(f"{here} of {settings.RUN_SLOTS} slots of this host are busy")


def _leave_unless_next(run: Run, now: datetime) -> None:
    """Leave the slot if the run is not next; `execution.advance` then wakes the runs that are."""
    if run.pk not in queue.startable(now=now, here=hosts.host_id()):
        raise NotClaimed(f"{run} is not next in the queue")
    Team.objects.filter(pk=run.environment.team_id).update(served_at=now)


def _lock_in_status(run_id: UUID, status: RunStatus) -> Run:
    run = lifecycle.lock_run(run_id)
    if run.status != status:
        raise NotClaimed(f"{run} is {run.status}")
    return run


def _lease(run: Run, now: datetime) -> dict[str, object]:
    return {"fence": run.fence + 1, "lease_owner": leases.own_name(), "lease_expires_at": leases.until(now)}


def _stop_request(run: Run) -> StoredText:
    return stored("Canceled before the apply started.") if run.cancel_asked_at is not None else EMPTY


def _plan_refusal(run: Run, plan_sha256: str) -> StoredText:
    if run.plan_consumed_at is not None:
        return stored("Its plan has been applied before. A plan is applied only once.")
    if run.plan_sha256 != plan_sha256:
        return stored("The plan on disk is not the one that was approved.")
    return EMPTY


def _refuse(run: Run, reason: StoredText, now: datetime) -> Run:
    return lifecycle.move(run_id=run.pk, to=lifecycle.Move(to=RunStatus.CANCELLED, reason=reason), now=now)


def _give_up(run: Run, now: datetime) -> Run:
    reason = stored(
        "%(count)s workers, one after the other, could not finish it. Its workspace is kept for an operator.",
        count=run.fence,
    )
    # Before its row is locked: S3 may take its time.
    left = {"leftovers": inspection.inspect(run).as_json(), "lease_owner": "", "lease_expires_at": None}
    to = lifecycle.Move(to=RunStatus.NEEDS_ATTENTION, reason=reason, columns=left)
    return lifecycle.move(run_id=run.pk, to=to, now=now, fence=run.fence)
