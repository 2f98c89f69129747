"""Who holds the lock on an environment's state, and whether that is the run itself.

Terraform writes no run id into its lock. But it takes the lock after its step has started and before it
reports the first resource. So a lock that was taken between these two moments, and is still there, is the
run's own. If Terraform died before it reported a resource, its lock is recognized by user, host, step and
time.
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
from provisioner.stored_text import StoredText
from provisioner.terraform import lock
from provisioner.worker import reasons

log = structlog.get_logger(__name__)

# Event types that Terraform writes only while it holds the lock.
PROOFS = frozenset({"refresh_start", "resource_drift", "planned_change", "apply_start"})
# From the start of the step to the request for the lock: modules, providers, the backend, on a busy machine.
_LONGEST_START = timedelta(seconds=120)
# Terraform writes into the lock when it asked for it. 0.4 s later it reports in whole seconds that it waits.
_BEFORE_REPORT, _AFTER_REPORT = timedelta(seconds=2), timedelta(seconds=1)
_OPERATIONS = {"plan": "OperationTypePlan", "apply": "OperationTypeApply"}


@dataclass(frozen=True, kw_only=True)
class Reading:
    """The lock in S3. `held` is None if there is none, or if it is not known: then `error` says why."""

    held: state_storage.Lock | None = None
    error: str = ""

    @property
    def sentence(self) -> StoredText:
        """Who holds the lock; empty if it is free."""
        if self.error:
            return reasons.lock_unknown(self.error)
        return reasons.lock_held(who=self.held.who, lock_id=self.held.id) if self.held else StoredText()


@dataclass(frozen=True, kw_only=True)
class _StepTimes:
    """What the events say about the lock: start of the step, report of waiting, first proof of the lock."""

    step: str
    started_at: datetime
    waits_at: datetime | None
    proved_at: datetime | None


def read(run: Run) -> Reading:
    """Ask S3 for the lock, with short patience."""
    account = accounts.to_cloud(run.environment.account)
    try:
        held = state_storage.read_lock(
            account,
            environment_id=run.environment_id,
            timeout_seconds=state_storage.SHORT_TIMEOUT_SECONDS,
        )
    except (credentials.CloudUnavailable, credentials.CredentialsRefused) as error:
        log.warning("state lock not read", run_id=str(run.pk), error=str(error))
        return Reading(error=str(error))
    return Reading(held=held)


def record_own_id(run: Run) -> str:
    """Read the lock, and record its id with the run if it is the run's own. Returns the id, or ""."""
    # Without a started step the run holds no lock: S3 need not be asked.
    return record_id(run, read(run)) if _step_times(run) else ""


def record_id(run: Run, reading: Reading) -> str:
    """Record the lock's id with the run if it is the run's own. Returns the id, or ""."""
    held, times = reading.held, _step_times(run)
    if held is None or times is None or not held.id or not _is_own(run, held, times):
        return ""
    Run.objects.filter(pk=run.pk, fence=run.fence).update(state_lock_id=held.id)
    run.state_lock_id = held.id
    return held.id


def _is_own(run: Run, held: state_storage.Lock, times: _StepTimes) -> bool:
    if held.created_at is None or held.created_at < times.started_at:
        return False
    if times.proved_at is not None:
        return held.created_at <= times.proved_at
    return _was_taken_by_dead_process(run, held, times)


def _was_taken_by_dead_process(run: Run, held: state_storage.Lock, times: _StepTimes) -> bool:
    """Without a proof: by this user, on this host, for this step, at the right time, and no process lives."""
    is_over = run.host_id == hosts.host_id() and not lock.is_held(hosts.workspace_of(run.pk))
    matches = held.who == _signature() and held.operation == _OPERATIONS[times.step]
    return is_over and matches and _is_time_of_request(held.created_at, times)


def _is_time_of_request(taken_at: datetime | None, times: _StepTimes) -> bool:
    if taken_at is None:
        return False
    if times.waits_at is not None:
        return times.waits_at - _BEFORE_REPORT <= taken_at <= times.waits_at + _AFTER_REPORT
    return taken_at <= times.started_at + _LONGEST_START


def _signature() -> str:
    """How Terraform signs a lock that it takes on this host."""
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        name = ""
    return f"{name}@{socket.gethostname()}"


def _step_times(run: Run) -> _StepTimes | None:
    step = "apply" if run.plan_consumed_at is not None else "plan"
    events = RunEvent.objects.filter(run_id=run.pk, phase=step)
    started = events.filter(type="step_start", data__step=step).order_by("-seq").first()
    if started is None:
        return None
    since = events.filter(seq__gt=started.seq).order_by("seq")
    waits, proof = since.filter(type="state_lock_acquire").first(), since.filter(type__in=PROOFS).first()
    return _StepTimes(
        step=step,
        started_at=started.at,
        waits_at=waits.at if waits else None,
        proved_at=proof.at if proof else None,
    )
