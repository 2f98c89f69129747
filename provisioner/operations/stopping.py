"""Stopping a run, and settling one that needs a person's attention."""

from datetime import datetime
from typing import Any

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
    """The run cannot be cancelled, or not by this person; the message says why."""


class CannotSettle(Exception):
    """The run needs nobody's attention, or the person may not decide; the message says why."""


def cancel(*, run_id: Any, by: Person, now: datetime) -> Run:
    """Cancel at once what waits; leave a wish for what Terraform works on. Again is no error, and one wish.

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
        wish = {"cancel_asked_at": now, "cancel_asked_by_id": by.pk}
        if waits:
            early = stored("Cancelled by %(person)s before it started.", person=by.username)
            to = lifecycle.Move(to=RunStatus.CANCELLED, reason=early, columns=wish)
            return lifecycle.move(run_id=run_id, to=to, now=now)
        return _record_stop_request(run, by, now)


def _record_stop_request(run: Run, by: Person, now: datetime) -> Run:
    run.cancel_asked_at, run.cancel_asked_by_id = now, by.pk
    run.save(update_fields=["cancel_asked_at", "cancel_asked_by"])
    message = f"{by.username} asked to stop. Terraform is told once and finishes what it cannot leave."
    asked = events.NewEvent(at=now, phase=run.phase, type="portal", level="warn", message=message)
    events.append(run, [asked])
    return run


def settle(*, run_id: Any, by: Person, now: datetime) -> Run:
    """Close a run that needs attention, after a look at it: it becomes failed, a next one may be ordered.

    Raises CannotSettle.
    """
    # An interrupted apply may have said a lot: it is read before the run is locked.
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
    """Why this person cannot cancel the run, in a sentence; empty when they can."""
    if run.status not in WAITING_FOR_A_SLOT | HELD_BY_A_WORKER:
        hint = " Discard its plan instead." if run.status == RunStatus.PLANNED else ""
        return f"This run is {RunStatus(run.status).label.lower()}; there is nothing to stop.{hint}"
    if not permissions.may(user, permissions.Act.CHANGE, run.environment):
        return f"You may not stop runs of team {run.environment.team.name}."
    return ""


def why_not_settle(run: Run, user: Person) -> str:
    """Why this person cannot settle the run, in a sentence; empty when they can."""
    if run.status != RunStatus.NEEDS_ATTENTION:
        return f"This run is {RunStatus(run.status).label.lower()}; there is nothing to settle."
    if not permissions.may(user, permissions.Act.APPROVE, run.environment):
        return "Only an operator or an admin settles a run."
    if run.remediation and not _is_gone(run):
        # A run that is over is mended no more, and what it kept is removed.
        return (
            f"Its host is at it: {Remediation(run.remediation).label.lower()}. Settle it when that is done."
        )
    if not remediation.why_not_remediate(run, user, Remediation.UNLOCK):
        # Once the run is over nobody could, and no next run could plan.
        return "The state is still locked by this run: give up its lock first."
    return ""


def _is_gone(run: Run) -> bool:
    return hosts.gone(now=clock.now()).filter(host_id=run.host_id).exists()
