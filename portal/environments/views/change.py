"""Change an environment: the order form, filled with the current values."""

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from portal import access
from portal.accounts import signed_in
from portal.environments import change_form, page
from provisioner import blueprints, operations, permissions
from provisioner.models import Environment


@require_http_methods(["GET", "POST"])
def change(request: HttpRequest, environment_id: uuid.UUID) -> HttpResponse:
    """GET shows the form. POST orders the change and goes to its run, or shows the errors."""
    environment, blueprint = _found(request, environment_id)
    if request.method != "POST":
        return _form(request, change_form.fresh(environment, blueprint))
    form = change_form.posted(environment, blueprint, request.POST)
    if "refill" in request.POST:
        return _form(request, change_form.refilled(form))
    try:
        run = operations.change(form.request(signed_in.person(request)), now=timezone.now())
    except operations.ActiveRun as refusal:
        advice = _("Change the environment after that run.")
        messages.warning(request, f"{refusal} {advice}")
        return redirect("run", refusal.run.pk)
    except operations.Refused as refusal:
        return _form(request, form.refused(refusal.errors))
    except operations.KeyUsedOtherwise:
        # The person went back after a change and corrected the form: it is another change.
        return _form(request, form.sent_before())
    return redirect("run", run.pk)


@require_POST
def check(request: HttpRequest, environment_id: uuid.UUID) -> HttpResponse:
    """The errors of the answers so far, beside each field, and the differences."""
    environment, blueprint = _found(request, environment_id)
    form = change_form.checked(
        change_form.posted(environment, blueprint, request.POST), by=signed_in.person(request)
    )
    return render(request, "catalogue/checked.html", {"form": form, "differences": form.differences})


def _found(request: HttpRequest, environment_id: uuid.UUID) -> tuple[Environment, blueprints.Blueprint]:
    environment = access.environment(request.user, environment_id, act=permissions.Act.CHANGE)
    blueprint = page.current_blueprint(environment)
    if blueprint is None:
        raise Http404
    return environment, blueprint


def _form(request: HttpRequest, form: change_form.ChangeForm) -> HttpResponse:
    context = {
        "form": form,
        "environment": form.environment,
        "differences": form.differences,
        "why_not": operations.why_not_change(form.environment, signed_in.person(request)),
    }
    return render(request, "environments/change.html", context, status=422 if form.errors else 200)
