"""Destroying an environment: its name is typed, and what will go is listed before."""

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from portal import access
from portal.environments import page
from provisioner import operations, rights


@require_http_methods(["GET", "POST"])
def destroy(request: HttpRequest, environment_id: uuid.UUID) -> HttpResponse:
    """GET asks for the name; POST with the right name orders the destroy run and goes to it."""
    environment = access.environment(request.user, environment_id, act=rights.Act.DESTROY)
    error, typed = "", request.POST.get("name", "")
    if request.method == "POST":
        if typed.strip() != environment.name:
            error = f"This is not the name. Type {environment.name} exactly."
        else:
            try:
                run = operations.destroy(
                    environment_id=environment.pk,
                    by=request.user,
                    now=timezone.now(),
                    idempotency_key=request.POST.get("idempotency_key", "")[:64],
                )
            except operations.ActiveRun as refusal:
                messages.warning(request, f"{refusal}")
                return redirect("run", refusal.run.pk)
            except operations.Refused as refusal:
                error = " ".join(sentence for found in refusal.errors.values() for sentence in found)
            else:
                return redirect("run", run.pk)
    latest = page.latest_state(environment)
    context = {
        "environment": environment,
        "groups": page.resource_groups(latest),
        "latest": latest,
        "error": error,
        "typed": typed[:100],
        "idempotency_key": request.POST.get("idempotency_key") or uuid.uuid4().hex,
        "why_not": operations.why_not_destroy(environment, request.user),
    }
    return render(request, "environments/destroy.html", context, status=422 if error else 200)
