"""The decisions of a person about a run: approve, discard, cancel, force, remediate, settle, try again."""

import uuid
from collections.abc import Callable
from functools import partial

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from portal import access
from portal.accounts import signed_in
from provisioner import operations, permissions
from provisioner.models import Run
from provisioner.run_status import Remediation


@require_POST
def approve(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """Approve the plan; a worker then applies it."""
    run = access.run(request.user, run_id, act=permissions.Act.APPROVE)
    try:
        access.approver(request.user, run)
    except PermissionDenied as refusal:
        messages.error(request, str(refusal))
        return redirect("run", run_id=run.pk)
    done = _("Approved. The apply starts as soon as a slot is free.")
    return _decide(request, run, operations.approve, operations.CannotApprove, done)


@require_POST
def discard(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """Discard the plan."""
    run = access.run(request.user, run_id, act=permissions.Act.CHANGE)
    return _decide(
        request, run, operations.discard, operations.CannotDiscard, _("Discarded. Nothing was changed.")
    )


@require_POST
def cancel(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """Record a stop request."""
    run = access.run(request.user, run_id, act=permissions.Act.CHANGE)
    return _decide(request, run, operations.cancel, operations.CannotCancel, _("Stop requested."))


@require_POST
def force(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """Have Terraform killed because it does not stop. The person types the environment's name."""
    run = access.run(request.user, run_id, act=permissions.Act.OPERATE)
    verb = partial(operations.force, name=request.POST.get("name", ""))
    return _decide(request, run, verb, operations.CannotForce, _("Terraform is being killed."))


@require_POST
def unlock(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """Have the run's host release the lock that the run left. The person types the environment's name."""
    return _remediate(request, run_id, Remediation.UNLOCK)


@require_POST
def push(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """Have the run's host store the state that Terraform could not. The person types the name."""
    return _remediate(request, run_id, Remediation.PUSH)


@require_POST
def look(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """Have the run's host check again what is left."""
    run = access.run(request.user, run_id, act=permissions.Act.OPERATE)
    done = _("Requested. The run's host checks again.")
    return _decide(request, run, operations.inspect_again, operations.CannotRemediate, done)


def _remediate(request: HttpRequest, run_id: uuid.UUID, remediation: Remediation) -> HttpResponse:
    run = access.run(request.user, run_id, act=permissions.Act.OPERATE)
    verb = partial(operations.remediate, remediation=remediation, name=request.POST.get("name", ""))
    done = _("Requested. The run's host checks again before it does this.")
    return _decide(request, run, verb, operations.CannotRemediate, done)


@require_POST
def settle(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """End a run that needed attention as failed."""
    run = access.run(request.user, run_id, act=permissions.Act.OPERATE)
    done = _("Settled. The environment can be changed or destroyed again.")
    return _decide(request, run, operations.settle, operations.CannotSettle, done)


@require_POST
def replan(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """Settle a run that needed attention, and go to a new run that plans the same order."""
    run = access.run(request.user, run_id, act=permissions.Act.OPERATE)
    return _start_again(request, run, operations.replan)


@require_POST
def again(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """Order again what a failed run was to do, and go to the new run."""
    run = access.run(request.user, run_id, act=permissions.Act.CHANGE)
    return _start_again(request, run, operations.retry)


def _start_again(request: HttpRequest, run: Run, verb: Callable[..., Run]) -> HttpResponse:
    try:
        new_run = verb(run_id=run.pk, by=signed_in.person(request), now=timezone.now())
    except (operations.CannotSettle, operations.CannotRetry, operations.ActiveRun) as refusal:
        messages.error(request, str(refusal))
        return redirect("run", run_id=run.pk)
    except operations.Refused as refusal:
        messages.error(request, " ".join(each for found in refusal.errors.values() for each in found))
        return redirect("run", run_id=run.pk)
    return redirect("run", run_id=new_run.pk)


def _decide(
    request: HttpRequest, run: Run, verb: Callable[..., object], refused: type[Exception], done: str
) -> HttpResponse:
    try:
        verb(run_id=run.pk, by=signed_in.person(request), now=timezone.now())
    except refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
    return redirect("run", run_id=run.pk)
