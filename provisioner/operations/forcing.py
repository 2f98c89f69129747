"""Ending by force a Terraform that was asked to stop and does not: an operator's last resort."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from provisioner import audit, permissions
from provisioner.models import Run
from provisioner.operations import acts
from provisioner.permissions import Person
from provisioner.run_status import HELD_BY_A_WORKER, RunStatus
from provisioner.runs import events, lifecycle


class CannotForce(Exception):
    """The run is not to be ended by force, not yet, or not by this person; the message says why."""


def force(*, run_id: Any, by: Person, name: str, now: datetime) -> Run:
    """Have Terraform killed; `name` is the environment's, as typed. Again is no error, and one wish.

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
        message = f"{by.username} ends Terraform by force: it is killed, whatever it is doing."
        asked = events.NewEvent(at=now, phase=run.phase, type="portal", level="warn", message=message)
        events.append(run, [asked])
        return run


def why_not_force(run: Run, user: Person, *, now: datetime) -> str:
    """Why this person cannot end the run by force now, in a sentence; empty when they can."""
    if not permissions.may(user, permissions.Act.OPERATE, run.environment):
        return "Only an operator or an admin ends a run by force."
    if run.status not in HELD_BY_A_WORKER:
        return f"This run is {RunStatus(run.status).label.lower()}; there is nothing to end by force."
    if run.cancel_asked_at is None:
        return "Ask it to stop first: Terraform then saves what it knows."
    until = run.cancel_asked_at + timedelta(seconds=settings.CANCEL_GRACE_SECONDS)
    if now < until:
        return f"It was asked to stop and has until {until:%H:%M:%S} UTC to do so by itself."
    return ""
