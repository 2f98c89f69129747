"""Whose the lock on a state is: told by when it was taken, and noted with the run while Terraform holds it.

Terraform writes no run's id into its lock. But it takes it after its step has started and before it tells of
the first resource: a lock from between these two moments, still there afterwards, is this run's own. Of a
Terraform that died before it told of any, the lock is known by everything else it says of itself.
"""

import os
import pwd
import socket
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from provisioner import accounts
from provisioner.cloud import credentials, state_storage
from provisioner.models import Run, RunEvent
from provisioner.scheduling import hosts
from provisioner.terraform import lock

log = structlog.get_logger(__name__)

# What Terraform tells only while it holds the lock.
PROOFS = frozenset({"refresh_start", "resource_drift", "planned_change", "apply_start"})
_AWAY = (credentials.CloudUnavailable, credentials.CredentialsRefused)
# From its start until Terraform asks for the lock: modules, providers, the backend, on a busy machine.
_LONGEST_START = timedelta(seconds=120)
# Terraform notes the moment of its asking in the lock, and says 0.4 s later, in whole seconds, that it waits.
_BEFORE_WORD, _AFTER_WORD = timedelta(seconds=2), timedelta(seconds=1)
_OPERATIONS = {"plan": "OperationTypePlan", "apply": "OperationTypeApply"}


@dataclass(frozen=True, kw_only=True)
class _StepTimes:
    """What a run's step told about its lock: when it started, when it said that it waits, the first proof."""

    step: str
    started_at: datetime
    waits_at: datetime | None
    proved_at: datetime | None


def record_lock_id(run: Run) -> str:
    """Keep the lock's id with the run, if it is its own. Gives the id, empty where that is not known."""
    if (story := _step_times(run)) is None:
        return ""
    account = accounts.to_cloud(run.environment.account)
    try:
        held = state_storage.read_lock(
            account,
            environment_id=run.environment_id,
            timeout_seconds=state_storage.SHORT_TIMEOUT_SECONDS,
        )
    except _AWAY as error:
        log.warning("state lock not noted", run_id=str(run.pk), error=str(error))
        return ""
    if held is None or not held.id or not _is_own(run, held, story):
        return ""
    Run.objects.filter(pk=run.pk, fence=run.fence).update(state_lock_id=held.id)
    run.state_lock_id = held.id
    return held.id


def _is_own(run: Run, held: state_storage.Lock, story: _StepTimes) -> bool:
    if held.created_at is None or held.created_at < story.started_at:
        return False
    if story.proved_at is not None:
        return held.created_at <= story.proved_at
    return _was_taken_by_the_dead(run, held, story)


def _was_taken_by_the_dead(run: Run, held: state_storage.Lock, story: _StepTimes) -> bool:
    """Without a proof: by this user, here, for this step, when it would have, and it lives no more."""
    is_over = run.host_id == hosts.host_id() and not lock.is_held(hosts.workspace_of(run.pk))
    says_so = held.who == _who() and held.operation == _OPERATIONS[story.step]
    return is_over and says_so and _is_when_it_asked(held.created_at, story)


def _is_when_it_asked(taken_at: datetime | None, story: _StepTimes) -> bool:
    if taken_at is None:
        return False
    if story.waits_at is not None:
        return story.waits_at - _BEFORE_WORD <= taken_at <= story.waits_at + _AFTER_WORD
    return taken_at <= story.started_at + _LONGEST_START


def _who() -> str:
    """As Terraform signs a lock that it takes here."""
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        name = ""
    return f"{name}@{socket.gethostname()}"


def _step_times(run: Run) -> _StepTimes | None:
    step = "apply" if run.plan_consumed_at is not None else "plan"
    told = RunEvent.objects.filter(run_id=run.pk, phase=step)
    started = told.filter(type="step_start", data__step=step).order_by("-seq").first()
    if started is None:
        return None
    since = told.filter(seq__gt=started.seq).order_by("seq")
    waits, proof = since.filter(type="state_lock_acquire").first(), since.filter(type__in=PROOFS).first()
    return _StepTimes(
        step=step,
        started_at=started.at,
        waits_at=waits.at if waits else None,
        proved_at=proof.at if proof else None,
    )
