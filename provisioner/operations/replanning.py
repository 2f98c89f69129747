"""Asking for the same once more, with a fresh plan: of a run that needs attention, or of a failed one."""

from datetime import datetime
from typing import Any

from provisioner import blueprints, encryption
from provisioner.models import CloudAccount, Run
from provisioner.operations import acts, changing, stopping
from provisioner.operations.refusal import Refused
from provisioner.permissions import Person
from provisioner.run_status import FINAL, SUCCEEDED, RunKind, RunStatus
from provisioner.runs import leftovers, lifecycle


class CannotRetry(Exception):
    """The run has not failed, another came after it, or the person may not; the message says why."""


def replan(*, run_id: Any, by: Person, now: datetime) -> Run:
    """Settle the run and queue another with what it was given, or neither. Raises CannotSettle, Refused.

    What was to be created or changed becomes a change, what was to be destroyed a destruction.
    """
    with acts.act_of(by):
        run = _locked(run_id)
        if reason := why_not_replan(run, by):
            raise stopping.CannotSettle(reason)
        stopping.settle(run_id=run_id, by=by, now=now)
        return _the_same(run, by=by, now=now)


def retry(*, run_id: Any, by: Person, now: datetime) -> Run:
    """Queue another run with what a failed one was given. Raises CannotTryAgain, Refused, ActiveRun."""
    with acts.act_of(by):
        run = _locked(run_id)
        if reason := why_not_retry(run, by):
            raise CannotRetry(reason)
        return _the_same(run, by=by, now=now)


def why_not_retry(run: Run, user: Person) -> str:
    """Why this person cannot have it tried again now, in a sentence; empty when they can."""
    if run.status not in FINAL - SUCCEEDED:
        return f"This run is {RunStatus(run.status).label.lower()}; there is nothing to try again."
    newer = Run.objects.filter(environment_id=run.environment_id, number__gt=run.number).order_by("-number")
    if found := newer.first():
        return f"Run {found.number} came after it."
    question = changing.why_not_destroy if run.kind == RunKind.DESTROY else changing.why_not_change
    return question(run.environment, user)


def _locked(run_id: Any) -> Run:
    # The account first, as whoever asks for a change does: another order would be a deadlock.
    account_id = Run.objects.values_list("environment__account_id", flat=True).get(pk=run_id)
    CloudAccount.objects.select_for_update().get(pk=account_id)
    return lifecycle.lock_run(run_id)


def _the_same(run: Run, *, by: Person, now: datetime) -> Run:
    if run.kind == RunKind.DESTROY:
        return changing.destroy(environment_id=run.environment_id, by=by, now=now)
    request = changing.ChangeRequest(
        environment_id=run.environment_id, size=run.size, inputs=_values(run), by=by
    )
    return changing.change(request, now=now)


def why_not_replan(run: Run, user: Person) -> str:
    """Why this person cannot have it planned afresh, in a sentence; empty when they can."""
    if reason := stopping.why_not_settle(run, user):
        return reason
    left = leftovers.of_run(run)
    host = left.host if left else None
    if host and host.lives:
        return "Something that the run started still lives; look again once it is gone."
    if host and host.keeps_state:
        return "Push the kept state first: without it the next run does not know what this one made."
    return ""


def _values(run: Run) -> dict[str, Any]:
    try:
        return encryption.decrypted(run.inputs)
    except encryption.CannotDecrypt as lost:
        raise Refused({blueprints.WHOLE_FORM: [str(lost)]}) from lost
