"""A person's decision about a plan: approve or discard it."""

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from provisioner import audit, permissions
from provisioner.models import Run
from provisioner.operations import acts
from provisioner.permissions import Person
from provisioner.run_status import RunStatus
from provisioner.runs import lifecycle
from provisioner.stored_text import stored


class CannotApprove(Exception):
    """The run does not wait for this person's approval. The message says why."""


class CannotDiscard(Exception):
    """The run does not wait for approval, or the person cannot decide. The message says why."""


def approve(*, run_id: UUID, by: Person, now: datetime) -> Run:
    """Approve the plan, so that its host applies it. Raises CannotApprove."""
    with acts.act_of(by):
        run = lifecycle.lock_run(run_id)
        if reason := why_not_approve(run, by):
            raise CannotApprove(reason)
        audit.record("run.approve", subject=audit.environment_subject(run.environment, run=run), at=now)
        columns = {"approved_by_id": by.pk, "approved_at": now, "dispatch_count": 0}
        to = lifecycle.Move(
            to=RunStatus.APPROVED,
            reason=stored("Approved by %(person)s.", person=by.username),
            columns=columns,
        )
        run = lifecycle.move(run_id=run_id, to=to, now=now, event_phase="approval")
        acts.dispatch_on_commit(run_id=run.pk, now=now)
        return run


def discard(*, run_id: UUID, by: Person, now: datetime) -> Run:
    """Drop the plan without a change. Raises CannotDiscard."""
    digest = lifecycle.read_digest(run_id)
    with acts.act_of(by):
        run = lifecycle.lock_run(run_id)
        if reason := why_not_discard(run, by):
            raise CannotDiscard(reason)
        audit.record("run.discard", subject=audit.environment_subject(run.environment, run=run), at=now)
        to = lifecycle.Move(
            to=RunStatus.DISCARDED,
            reason=stored("Discarded by %(person)s; nothing was changed.", person=by.username),
        )
        return lifecycle.move(run_id=run_id, to=to, now=now, event_phase="approval", digest=digest)


def why_not_approve(run: Run, user: Person) -> str:
    """Why this person cannot approve the run now; empty if they can."""
    return _why_no_plan(run) or permissions.why_not_approve(user, run)


def why_not_discard(run: Run, user: Person) -> str:
    """Why this person cannot discard the plan now; empty if they can."""
    if reason := _why_no_plan(run):
        return reason
    if not permissions.may(user, permissions.Act.CHANGE, run.environment):
        return _("You cannot decide about environments of team %(team)s.") % {
            "team": run.environment.team.name
        }
    return ""


def _why_no_plan(run: Run) -> str:
    if run.status == RunStatus.PLANNED:
        return ""
    return _("This run is %(status)s. It has no plan that waits for approval.") % {
        "status": acts.status_word(run)
    }
