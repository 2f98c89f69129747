"""What a person decides about a run: approve, discard, cancel, force, mend, settle, try again."""

import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from portal import access
from portal.accounts import signed_in
from provisioner import operations, permissions
from provisioner.models import Run
from provisioner.run_status import Remediation


@require_POST
def approve(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """Let the plan be applied."""
    run = access.run(request.user, run_id, act=permissions.Act.APPROVE)
    try:
        access.approver(request.user, run)
    except PermissionDenied as refusal:
        messages.error(request, str(refusal))
        return redirect("run", run_id=run.pk)
    return _decide(
        request, run, operations.approve, operations.CannotApprove, "Approved. The apply starts now."
    )


@require_POST
def discard(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """Put the plan away."""
    run = access.run(request.user, run_id, act=permissions.Act.CHANGE)
    return _decide(
        request, run, operations.discard, operations.CannotDiscard, "Discarded. Nothing was changed."
    )


@require_POST
def cancel(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """Ask the run to stop."""
    run = access.run(request.user, run_id, act=permissions.Act.CHANGE)
    return _decide(request, run, operations.cancel, operations.CannotCancel, "The run was asked to stop.")


@require_POST
def force(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """Have a Terraform killed that does not stop; the environment's name is typed."""
    run = access.run(request.user, run_id, act=permissions.Act.OPERATE)
    verb = partial(operations.force, name=request.POST.get("name", ""))
    return _decide(request, run, verb, operations.CannotForce, "Terraform is being killed.")


@require_POST
def unlock(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """Have the run's host give up the lock that the run left; the environment's name is typed."""
    return _mend(request, run_id, Remediation.UNLOCK)


@require_POST
def push(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """Have the run's host store the state that Terraform could not; the environment's name is typed."""
    return _mend(request, run_id, Remediation.PUSH)


@require_POST
def look(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """Have the run's host find out anew what is left."""
    run = access.run(request.user, run_id, act=permissions.Act.OPERATE)
    return _decide(request, run, operations.inspect_again, operations.CannotRemediate, "Asked for.")


def _mend(request: HttpRequest, run_id: uuid.UUID, remediation: Remediation) -> HttpResponse:
    run = access.run(request.user, run_id, act=permissions.Act.OPERATE)
    verb = partial(operations.remediate, remediation=remediation, name=request.POST.get("name", ""))
    done = "Asked for; the run's host looks once more first."
    return _decide(request, run, verb, operations.CannotRemediate, done)


@require_POST
def settle(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """Close a run that needed attention."""
    run = access.run(request.user, run_id, act=permissions.Act.OPERATE)
    done = "Settled. The environment can be changed or destroyed again."
    return _decide(request, run, operations.settle, operations.CannotSettle, done)


@require_POST
def replan(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """Settle a run that needed attention and go to the one that plans the same afresh."""
    run = access.run(request.user, run_id, act=permissions.Act.OPERATE)
    return _once_more(request, run, operations.replan)


@require_POST
def again(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """Ask once more for what a failed run was to do, and go to the run that does."""
    run = access.run(request.user, run_id, act=permissions.Act.CHANGE)
    return _once_more(request, run, operations.retry)


def _once_more(request: HttpRequest, run: Run, verb: Callable[..., Run]) -> HttpResponse:
    try:
        afresh = verb(run_id=run.pk, by=signed_in.person(request), now=timezone.now())
    except (operations.CannotSettle, operations.CannotRetry, operations.ActiveRun) as refusal:
        messages.error(request, str(refusal))
        return redirect("run", run_id=run.pk)
    except operations.Refused as refusal:
        messages.error(request, " ".join(each for found in refusal.errors.values() for each in found))
        return redirect("run", run_id=run.pk)
    return redirect("run", run_id=afresh.pk)


def _decide(
    request: HttpRequest, run: Run, verb: Callable[..., Any], refused: type[Exception], done: str
) -> HttpResponse:
    try:
        verb(run_id=run.pk, by=request.user, now=timezone.now())
    except refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
    return redirect("run", run_id=run.pk)
