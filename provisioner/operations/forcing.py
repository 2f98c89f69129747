"""Killing a Terraform that was asked to stop and does not: an operator's last resort."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from provisioner import audit, permissions
from provisioner.models import Run
from provisioner.operations import acts
from provisioner.permissions import Person
from provisioner.run_status import HELD_BY_A_WORKER
from provisioner.runs import events, lifecycle


class CannotForce(Exception):
    """The run cannot be stopped by force, not yet, or not by this person. The message says why."""


def force(*, run_id: UUID, by: Person, name: str, now: datetime) -> Run:
    """Record a request to kill Terraform. `name` is the environment's, as typed. Idempotent.

    The worker that follows the run does it. Raises CannotForce.
    """
    with acts.act_of(by):
        run = lifecycle.lock_run(run_id)
        if reason := why_not_force(run, by, now=now) or acts.misspelt(run.environment, name):
            raise CannotForce(reason)
        if run.force_asked_at is not None:
            return run
        audit.record("run.force", subject=audit.environment_subject(run.environment, run=run), at=now)
        run.force_asked_at, run.force_asked_by_id = now, by.pk
        run.save(update_fields=["force_asked_at", "force_asked_by"])
        message = f"{by.username} stops Terraform by force: it is killed, whatever it is doing."
        asked = events.NewEvent(at=now, phase=run.phase, type="portal", level="warn", message=message)
        events.append(run, [asked])
        return run


def why_not_force(run: Run, user: Person, *, now: datetime) -> str:
    """Why this person cannot stop the run by force now; empty if they can."""
    if not permissions.may(user, permissions.Act.OPERATE, run.environment):
        return _("Only an operator or an admin can stop a run by force.")
    if run.status not in HELD_BY_A_WORKER:
        return _("This run is %(status)s. There is nothing to stop.") % {"status": acts.status_word(run)}
    if run.cancel_asked_at is None:
        return _("Cancel it first, so that Terraform can save its state.")
    until = run.cancel_asked_at + timedelta(seconds=settings.CANCEL_GRACE_SECONDS)
    if now < until:
        return _("It was asked to stop. You can force it after %(time)s UTC.") % {"time": f"{until:%H:%M:%S}"}
    return ""
