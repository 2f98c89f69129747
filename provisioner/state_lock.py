"""Whose the lock on a state is: told by when it was taken, and noted with the run while Terraform holds it.

Terraform writes no run's id into its lock. But it takes it after its step has started and before it tells of
the first resource: a lock from between these two moments, still there afterwards, is this run's own.
"""

from datetime import datetime

import structlog

from provisioner import accounts
from provisioner.cloud import credentials, state_storage
from provisioner.models import Run, RunEvent
from provisioner.run_status import RunStatus

log = structlog.get_logger(__name__)

# What Terraform tells only while it holds the lock.
PROOFS = frozenset({"refresh_start", "resource_drift", "planned_change", "apply_start"})
_PATIENCE_SECONDS = 4  # less than a lease: the journal waits for it
_AWAY = (credentials.CloudUnavailable, credentials.CredentialsRefused)


def note(run: Run) -> str:
    """Keep the lock's id with the run, if it is its own. Gives the id, empty where that is not known."""
    if (window := _window(run)) is None:
        return ""
    account = accounts.to_cloud(run.environment.account)
    try:
        held = state_storage.lock_holder(
            account, environment_id=run.environment_id, patience_seconds=_PATIENCE_SECONDS
        )
    except _AWAY as error:
        log.warning("state lock not noted", run_id=str(run.pk), error=str(error))
        return ""
    if held is None or not held.id or not _taken_within(held, window):
        return ""
    Run.objects.filter(pk=run.pk, fence=run.fence).update(state_lock_id=held.id)
    run.state_lock_id = held.id
    return held.id


def _taken_within(held: state_storage.Lock, window: tuple[datetime, datetime]) -> bool:
    return held.created_at is not None and window[0] <= held.created_at <= window[1]


def _window(run: Run) -> tuple[datetime, datetime] | None:
    """When the step that takes the lock started, and when Terraform first told something it needs it for."""
    step = "apply" if run.status in (RunStatus.APPLYING, RunStatus.NEEDS_ATTENTION) else "plan"
    told = RunEvent.objects.filter(run_id=run.pk, phase=step)
    started = told.filter(type="step_start", data__step=step).order_by("-seq").first()
    if started is None:
        return None
    proof = told.filter(type__in=PROOFS, seq__gt=started.seq).order_by("seq").first()
    return (started.at, proof.at) if proof else None
