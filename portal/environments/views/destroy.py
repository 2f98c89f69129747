"""Destroy an environment: the page lists its resources, and the person types its name."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from portal import access
from portal.accounts import signed_in
from portal.environments import page
from portal.requests import idempotency
from provisioner import operations, permissions
from provisioner.models import Environment


@require_http_methods(["GET", "POST"])
def destroy(request: HttpRequest, environment_id: uuid.UUID) -> HttpResponse:
    """GET asks for the name. POST with the right name orders the destroy run and goes to it."""
    environment = access.environment(request.user, environment_id, act=permissions.Act.DESTROY)
    if request.method != "POST":
        return _form(request, environment, error="")
    if request.POST.get("name", "").strip() != environment.name:
        return _form(request, environment, error=_wrong_name(environment))
    try:
        run = operations.destroy(
            environment_id=environment.pk,
            by=signed_in.person(request),
            now=timezone.now(),
            key=idempotency.key_from(request.POST),
        )
    except operations.ActiveRun as refusal:
        messages.warning(request, str(refusal))
        return redirect("run", refusal.run.pk)
    except operations.Refused as refusal:
        sentences = [sentence for found in refusal.errors.values() for sentence in found]
        return _form(request, environment, error=" ".join(sentences))
    except operations.KeyUsedOtherwise:
        return _form(request, environment, error=str(idempotency.SENT_BEFORE), key=idempotency.fresh_key())
    return redirect("run", run.pk)


def _wrong_name(environment: Environment) -> str:
    return _("The name is wrong. Type %(name)s exactly.") % {"name": environment.name}


def _form(request: HttpRequest, environment: Environment, *, error: str, key: str = "") -> HttpResponse:
    latest = page.latest_state(environment)
    context = {
        "environment": environment,
        "groups": page.resource_groups(latest),
        "latest": latest,
        "error": error,
        "typed": request.POST.get("name", "")[:100],
        "idempotency_key": key or idempotency.key_from(request.POST),
        "why_not": operations.why_not_destroy(environment, signed_in.person(request)),
    }
    return render(request, "environments/destroy.html", context, status=422 if error else 200)
