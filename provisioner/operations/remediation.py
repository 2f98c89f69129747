"""Asking a run's host to mend what an interrupted apply left: give up our own lock, push the kept state.

Or only to look again: who was silent may be back, and what still lived may be gone.
"""

from datetime import datetime
from typing import Any

from provisioner import audit, permissions
from provisioner.models import Run
from provisioner.operations import acts
from provisioner.permissions import Person
from provisioner.run_status import Remediation, RunStatus
from provisioner.runs import events, leftovers, lifecycle
from provisioner.runs.leftovers import LockOwner


class CannotRemediate(Exception):
    """There is nothing to mend so, it would not be safe, or the person may not; the message says why."""


def remediate(*, run_id: Any, remediation: Remediation, by: Person, name: str, now: datetime) -> Run:
    """Have the run's host do it, after a look of its own; `name` is the environment's, as typed.

    Raises CannotMend.
    """
    with acts.act_of(by):
        run = lifecycle.lock_run(run_id)
        if reason := why_not_remediate(run, by, remediation) or acts.misspelt(run.environment, name):
            raise CannotRemediate(reason)
        return _ask(run, remediation, by, now)


def inspect_again(*, run_id: Any, by: Person, now: datetime) -> Run:
    """Have the run's host find out anew what is left. Raises CannotMend."""
    with acts.act_of(by):
        run = lifecycle.lock_run(run_id)
        if reason := why_not_remediate(run, by, Remediation.LOOK):
            raise CannotRemediate(reason)
        return _ask(run, Remediation.LOOK, by, now)


def _ask(run: Run, remediation: Remediation, by: Person, now: datetime) -> Run:
    audit.record(
        f"run.{remediation.value}", subject=audit.environment_subject(run.environment, run=run), at=now
    )
    run.remediation, run.remediation_asked_by_id, run.remediation_asked_at = remediation, by.pk, now
    run.save(update_fields=["remediation", "remediation_asked_by", "remediation_asked_at"])
    message = f"{by.username} asked: {remediation.label.lower()}."
    events.append(run, [events.NewEvent(at=now, phase=run.phase, type="portal", message=message)])
    acts.dispatch_on_commit(run_id=run.pk, now=now)
    return run


def why_not_remediate(run: Run, user: Person, remediation: Remediation) -> str:
    """Why this person cannot have it mended so now, in a sentence; empty when they can."""
    if not permissions.may(user, permissions.Act.OPERATE, run.environment):
        return "Only an operator or an admin mends a run."
    if run.status != RunStatus.NEEDS_ATTENTION:
        return f"This run is {RunStatus(run.status).label.lower()}; there is nothing to mend."
    if run.remediation:
        return f"Its host is at it already: {Remediation(run.remediation).label.lower()}."
    if remediation == Remediation.LOOK:
        return "" if run.host_id else "No host ever had it."
    return _why_not_there(run) or _QUESTIONS[remediation](run)


def _why_not_there(run: Run) -> str:
    left = leftovers.of_run(run)
    if left is None or left.host is None:
        return "The run's host does not answer; only there can it be done."
    return "Something that the run started still lives." if left.host.lives else ""


def _why_not_unlock(run: Run) -> str:
    left = leftovers.of_run(run)
    if left is None or (left.lock is None and not left.lock_error):
        return "The state is not locked."
    is_own = left.lock is not None and left.lock.owner is LockOwner.THIS_RUN
    return "" if is_own else "The lock is not known to be this run's own."


def _why_not_push(run: Run) -> str:
    left = leftovers.of_run(run)
    is_kept = left is not None and left.host is not None and left.host.keeps_state
    return "" if is_kept else "No unsaved state is kept."


_QUESTIONS = {Remediation.UNLOCK: _why_not_unlock, Remediation.PUSH: _why_not_push}
