"""Requesting the same again, with a fresh plan: for a run that needs attention, or a failed one."""

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from provisioner import blueprints, encryption
from provisioner.models import CloudAccount, Run
from provisioner.operations import acts, changing, stopping
from provisioner.operations.refusal import Refused
from provisioner.permissions import Person
from provisioner.run_status import FINAL, SUCCEEDED, RunKind
from provisioner.runs import leftovers, lifecycle


class CannotRetry(Exception):
    """The run has not failed, another came after it, or the person cannot. The message says why."""


def replan(*, run_id: UUID, by: Person, now: datetime) -> Run:
    """Settle the run and queue another with the same values; both or neither. Raises CannotSettle, Refused.

    A create or change becomes a change, a destroy becomes a destroy.
    """
    with acts.act_of(by):
        run = _locked(run_id)
        if reason := why_not_replan(run, by):
            raise stopping.CannotSettle(reason)
        stopping.settle(run_id=run_id, by=by, now=now)
        return _the_same(run, by=by, now=now)


def retry(*, run_id: UUID, by: Person, now: datetime) -> Run:
    """Queue another run with the values of a failed one. Raises CannotRetry, Refused, ActiveRun."""
    with acts.act_of(by):
        run = _locked(run_id)
        if reason := why_not_retry(run, by):
            raise CannotRetry(reason)
        return _the_same(run, by=by, now=now)


def why_not_retry(run: Run, user: Person) -> str:
    """Why this person cannot retry the run now; empty if they can."""
    if run.status not in FINAL - SUCCEEDED:
        return _("This run is %(status)s. There is nothing to try again.") % {"status": acts.status_word(run)}
    newer = Run.objects.filter(environment_id=run.environment_id, number__gt=run.number).order_by("-number")
    if found := newer.first():
        return _("Run %(number)s came after it.") % {"number": found.number}
    question = changing.why_not_destroy if run.kind == RunKind.DESTROY else changing.why_not_change
    return question(run.environment, user)


def _locked(run_id: UUID) -> Run:
    # The account first, as for every change: another order could deadlock.
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
    """Why this person cannot have the run planned again; empty if they can."""
    if reason := stopping.why_not_settle(run, user):
        return reason
    left = leftovers.of_run(run)
    host = left.host if left else None
    if host and host.lives:
        return _("A process of the run is still alive. Check again when it has ended.")
    if host and host.keeps_state:
        return _("Push the state first. Without it, the next run does not know what this one created.")
    return ""


def _values(run: Run) -> dict[str, object]:
    try:
        return encryption.decrypted(run.inputs)
    except encryption.CannotDecrypt as lost:
        raise Refused({blueprints.WHOLE_FORM: [str(lost)]}) from lost
