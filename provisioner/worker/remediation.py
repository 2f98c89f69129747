"""Remediation of what an interrupted apply left, on its host. Conditions are checked again right before."""

import json
from datetime import datetime
from uuid import UUID

import structlog
from django.db import transaction
from django.utils import timezone

from provisioner import accounts, audit
from provisioner.cloud import credentials, state_storage
from provisioner.database import retry
from provisioner.models import Run
from provisioner.run_status import Remediation, RunStatus
from provisioner.runs import events, lifecycle
from provisioner.runs.leftovers import Leftovers
from provisioner.sentences import sentence
from provisioner.terraform import lock
from provisioner.worker import claims, ingestion, inspection, leases, preparation, state_lock, state_versions

log = structlog.get_logger(__name__)


class Refused(Exception):
    """A condition does not hold. Nothing was done."""


_EXPECTED = (
    Refused,
    state_storage.ForeignLock,
    state_storage.StateDiffers,
    credentials.CloudUnavailable,
    credentials.CredentialsRefused,
    OSError,
)


def carry_out(*, run_id: UUID, now: datetime) -> None:
    """Do what was requested, and record the result as event and audit entry. Raises claims.NotClaimed."""
    before = retry.until_database_answers(lambda: Run.objects.get(pk=run_id))
    run = claims.claim_with_retry(before, lambda: _claim(run_id, now))
    remediation = Remediation(run.remediation)
    try:
        words, result = _ACTS[remediation](run), "done"
    except _EXPECTED as reason:
        words, result = f"Not done. {reason}", "refused"
    left = retry.until_database_answers(lambda: inspection.inspect_again(run))
    retry.until_database_answers(lambda: _record_result(run, left, words, result))


def unlock_dead_plan(run: Run) -> None:
    """Release the lock of a plan that died: it changed nothing, and nobody else could plan. Under the claim.

    A lock that is not certainly this run's own is kept, and so is any lock while S3 does not answer.
    """
    if not retry.until_database_answers(lambda: state_lock.record_own_id(run)):
        return
    try:
        words = _unlock(run)
    except _EXPECTED as reason:
        log.warning("lock of a dead plan kept", run_id=str(run.pk), reason=str(reason))
        return
    ingestion.add_note(run=run, level="warn", message=words)
    subject = audit.environment_subject(run.environment, run=run)
    details = {"words": words}
    retry.until_database_answers(lambda: audit.record("run.unlock.done", subject=subject, details=details))


def _claim(run_id: UUID, now: datetime) -> Run:
    with transaction.atomic():
        run = lifecycle.lock_run(run_id)
        if run.status != RunStatus.NEEDS_ATTENTION or not run.remediation:
            raise claims.NotClaimed(f"{run} has no remediation requested")
        if not leases.is_free(run, now=now):
            raise claims.NotClaimed(f"{run} belongs to {run.lease_owner}")
        run.fence, run.lease_owner, run.lease_expires_at = run.fence + 1, leases.own_name(), leases.until(now)
        run.save(update_fields=["fence", "lease_owner", "lease_expires_at"])
    return run


def _unlock(run: Run) -> str:
    _demand_no_process(run)
    if not run.state_lock_id:
        raise Refused("The id of the run's own lock is not known.")
    account = retry.until_database_answers(lambda: accounts.to_cloud(run.environment.account))
    was_held = state_storage.release_lock(
        account, environment_id=run.environment_id, lock_id=run.state_lock_id
    )
    return f"The lock {run.state_lock_id} was released." if was_held else "The state was no longer locked."


def _push(run: Run) -> str:
    _demand_no_process(run)
    path = inspection.unsaved_state(run)
    if path is None:
        raise Refused("No unsaved state is kept.")
    account = retry.until_database_answers(lambda: accounts.to_cloud(run.environment.account))
    held = state_storage.read_lock(account, environment_id=run.environment_id)
    if held is not None and held.id != run.state_lock_id:
        raise state_storage.ForeignLock(
            sentence("The state is locked by %(who)s.", who=held.who)
            if held.who
            else sentence("The state is locked by an unknown user.")
        )
    try:
        body = inspection.state_body(path)
    except ValueError as unreadable:
        raise Refused(
            f"The state that Terraform printed is incomplete. It is kept on the run's host, as {path.name}."
        ) from unreadable
    state_storage.push_state(account, environment_id=run.environment_id, body=body)
    # The file is kept, but not offered again.
    path.rename(path.with_name(f"pushed.{path.name}"))
    state_versions.record_version(run)
    return f"The state was pushed, serial {json.loads(body)['serial']}."


def _look(run: Run) -> str:
    # The inspection after every remediation is all there is to do.
    return "Checked again."


_ACTS = {Remediation.UNLOCK: _unlock, Remediation.PUSH: _push, Remediation.LOOK: _look}


def _demand_no_process(run: Run) -> None:
    if lock.is_held(preparation.directory_of(run)):
        raise Refused("A process of the run is still alive.")


def _record_result(run: Run, left: Leftovers, words: str, result: str) -> None:
    remediation, now = Remediation(run.remediation), timezone.now()
    with transaction.atomic():
        row = lifecycle.lock_run(run.pk)
        lifecycle.check_fence(row, run.fence)
        if not row.remediation:
            # Recorded before; only the database's answer was lost.
            return
        asked_by = row.remediation_asked_by.username if row.remediation_asked_by else ""
        details = {"words": words, "asked_by": asked_by}
        subject = audit.environment_subject(row.environment, run=row)
        audit.record(f"run.{remediation.value}.{result}", subject=subject, details=details, at=now)
        if row.is_final:
            # The run was settled in the meantime: its event log is sealed.
            return
        level = "info" if result == "done" else "warn"
        word = events.NewEvent(at=now, phase=row.phase, type="portal", level=level, message=words)
        events.append(row, [word])
        row.leftovers, row.remediation = left.as_json(), ""
        row.lease_owner, row.lease_expires_at = "", None
        row.save(update_fields=["leftovers", "remediation", "lease_owner", "lease_expires_at"])
