"""Requesting remediation of what an interrupted apply left: release the run's lock, push the kept state.

Or only check again: a silent host may be back, and a process that was alive may be gone.
"""

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from provisioner import audit, permissions
from provisioner.models import Run
from provisioner.operations import acts
from provisioner.permissions import Person
from provisioner.run_status import Remediation, RunStatus
from provisioner.runs import events, leftovers, lifecycle
from provisioner.runs.leftovers import LockOwner
from provisioner.stored_text import english


class CannotRemediate(Exception):
    """There is nothing to remediate, it would not be safe, or the person cannot. The message says why."""


def remediate(*, run_id: UUID, remediation: Remediation, by: Person, name: str, now: datetime) -> Run:
    """Request a remediation from the run's host, which checks again first. `name` is the environment's, as
    typed.

    Raises CannotRemediate.
    """
    with acts.act_of(by):
        run = lifecycle.lock_run(run_id)
        if reason := why_not_remediate(run, by, remediation) or acts.misspelt(run.environment, name):
            raise CannotRemediate(reason)
        return _ask(run, remediation, by, now)


def inspect_again(*, run_id: UUID, by: Person, now: datetime) -> Run:
    """Have the run's host check again what is left. Raises CannotRemediate."""
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
    message = f"{by.username} requested: {english(remediation.label).lower()}."
    events.append(run, [events.NewEvent(at=now, phase=run.phase, type="portal", message=message)])
    acts.dispatch_on_commit(run_id=run.pk, now=now)
    return run


def why_not_remediate(run: Run, user: Person, remediation: Remediation) -> str:
    """Why this person cannot request this remediation now; empty if they can."""
    if not permissions.may(user, permissions.Act.OPERATE, run.environment):
        return _("Only an operator or an admin can do this.")
    if run.status != RunStatus.NEEDS_ATTENTION:
        return _("This run is %(status)s. There is nothing to do.") % {"status": acts.status_word(run)}
    if run.remediation:
        return _("The run's host is already doing this: %(remediation)s.") % {
            "remediation": str(Remediation(run.remediation).label).lower()
        }
    if remediation == Remediation.LOOK:
        return "" if run.host_id else _("No host has had this run.")
    return _why_not_there(run) or _QUESTIONS[remediation](run)


def _why_not_there(run: Run) -> str:
    left = leftovers.of_run(run)
    if left is None or left.host is None:
        return _("The run's host does not respond, and only it can do this.")
    return _("A process of the run is still alive.") if left.host.lives else ""


def _why_not_unlock(run: Run) -> str:
    left = leftovers.of_run(run)
    if left is None or (left.lock is None and not left.lock_error):
        return _("The state is not locked.")
    is_own = left.lock is not None and left.lock.owner is LockOwner.THIS_RUN
    return "" if is_own else _("It is not certain that the lock belongs to this run.")


def _why_not_push(run: Run) -> str:
    left = leftovers.of_run(run)
    is_kept = left is not None and left.host is not None and left.host.keeps_state
    return "" if is_kept else _("There is no unsaved state.")


_QUESTIONS = {Remediation.UNLOCK: _why_not_unlock, Remediation.PUSH: _why_not_push}
