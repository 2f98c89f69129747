"""Stopping a run, and settling a run that needs attention."""

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from provisioner import audit, permissions, stored_text
from provisioner.database import clock
from provisioner.models import Run
from provisioner.operations import acts, remediation
from provisioner.permissions import Person
from provisioner.run_status import HELD_BY_A_WORKER, WAITING_FOR_A_SLOT, Remediation, RunStatus
from provisioner.runs import events, lifecycle
from provisioner.scheduling import hosts
from provisioner.stored_text import stored


class CannotCancel(Exception):
    """The run cannot be canceled, or not by this person. The message says why."""


class CannotSettle(Exception):
    """The run does not need attention, or the person cannot decide. The message says why."""


def cancel(*, run_id: UUID, by: Person, now: datetime) -> Run:
    """Cancel a waiting run at once; record a stop request for a running one. Idempotent.

    Raises CannotCancel.
    """
    with acts.act_of(by):
        run = lifecycle.lock_run(run_id)
        if reason := why_not_cancel(run, by):
            raise CannotCancel(reason)
        waits = run.status in WAITING_FOR_A_SLOT
        if run.cancel_asked_at is not None and not waits:
            return run
        audit.record("run.cancel", subject=audit.environment_subject(run.environment, run=run), at=now)
        columns = {"cancel_asked_at": now, "cancel_asked_by_id": by.pk}
        if waits:
            early = stored("Canceled by %(person)s before it started.", person=by.username)
            to = lifecycle.Move(to=RunStatus.CANCELLED, reason=early, columns=columns)
            return lifecycle.move(run_id=run_id, to=to, now=now)
        return _record_stop_request(run, by, now)


def _record_stop_request(run: Run, by: Person, now: datetime) -> Run:
    run.cancel_asked_at, run.cancel_asked_by_id = now, by.pk
    run.save(update_fields=["cancel_asked_at", "cancel_asked_by"])
    message = f"{by.username} asked to stop. Terraform gets one interrupt and finishes what it has started."
    asked = events.NewEvent(at=now, phase=run.phase, type="portal", level="warn", message=message)
    events.append(run, [asked])
    return run


def settle(*, run_id: UUID, by: Person, now: datetime) -> Run:
    """Close a run that needs attention after a person has looked at it. It becomes failed; a next run can be
    ordered.

    Raises CannotSettle.
    """
    # An interrupted apply may have many events: read them before the run is locked.
    digest = lifecycle.read_digest(run_id)
    with acts.act_of(by):
        run = lifecycle.lock_run(run_id)
        if reason := why_not_settle(run, by):
            raise CannotSettle(reason)
        audit.record("run.settle", subject=audit.environment_subject(run.environment, run=run), at=now)
        settled = stored("Settled by %(person)s; a fresh plan shows what is left.", person=by.username)
        before = stored_text.kept(run.reason, run.reason_parts)
        to = lifecycle.Move(to=RunStatus.FAILED, reason=before + settled)
        return lifecycle.move(run_id=run_id, to=to, now=now, digest=digest)


def why_not_cancel(run: Run, user: Person) -> str:
    """Why this person cannot cancel the run; empty if they can."""
    if run.status not in WAITING_FOR_A_SLOT | HELD_BY_A_WORKER:
        template = (
            _("This run is %(status)s. There is nothing to stop. Discard its plan instead.")
            if run.status == RunStatus.PLANNED
            else _("This run is %(status)s. There is nothing to stop.")
        )
        return template % {"status": acts.status_word(run)}
    if not permissions.may(user, permissions.Act.CHANGE, run.environment):
        return _("You cannot stop runs of team %(team)s.") % {"team": run.environment.team.name}
    return ""


def why_not_settle(run: Run, user: Person) -> str:
    """Why this person cannot settle the run; empty if they can."""
    if run.status != RunStatus.NEEDS_ATTENTION:
        return _("This run is %(status)s. There is nothing to settle.") % {"status": acts.status_word(run)}
    if not permissions.may(user, permissions.Act.APPROVE, run.environment):
        return _("Only an operator or an admin can settle a run.")
    if run.remediation and not _is_gone(run):
        # After the run is over, no remediation is possible and its kept state is removed.
        return _("The run's host is working on it: %(remediation)s. Settle the run when that is done.") % {
            "remediation": str(Remediation(run.remediation).label).lower()
        }
    if not remediation.why_not_remediate(run, user, Remediation.UNLOCK):
        # After the run is over nobody could release it, and no next run could plan.
        return _("This run still locks the state. Release the lock first.")
    return ""


def _is_gone(run: Run) -> bool:
    return hosts.gone(now=clock.now()).filter(host_id=run.host_id).exists()
