"""The list of environments, the page of one, and the fragments that keep both up to date."""

import uuid

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from portal import access
from portal.accounts import signed_in
from portal.accounts.models import User
from portal.environments import instances, listing, page
from portal.explanations import box
from provisioner import accounts, operations, permissions
from provisioner.models import Environment, StateVersion
from provisioner.run_status import EnvironmentStatus


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The list, or only its rows for htmx."""
    user = signed_in.person(request)
    found = listing.listing(user, request.GET)
    is_fragment = request.headers.get("HX-Target") == "list"
    template = "environments/list_rows.html" if is_fragment else "environments/list.html"
    context = {
        "listing": found,
        "is_fragment": is_fragment,
        "why_not_order": lambda: permissions.why_not_order(user),
        "may_read_audit_trail": permissions.may_read_audit_trail(user),
    }
    response = render(request, template, context)
    # One URL has two answers: the browser's back button must not show the fragment.
    response["Vary"] = "HX-Request, HX-Target, Cookie"
    return response


@require_GET
def pulse(request: HttpRequest) -> HttpResponse:
    """Current cells for the rows named by `id`. Asks the page to come back while one of them is working."""
    wanted = [each for text in request.GET.getlist("id")[: listing.PER_PAGE] if (each := _uuid(text))]
    rows = listing.with_last_run(
        permissions.visible_environments(signed_in.person(request)).filter(pk__in=wanted)
    )
    found = list(rows)
    ids = [str(environment.pk) for environment in found if listing.is_working(environment)]
    return render(request, "environments/pulse.html", {"environments": found, "ids": ids})


@require_GET
def environment(request: HttpRequest, environment_id: uuid.UUID) -> HttpResponse:
    """The page of one environment, at the tab of the parameter `tab`."""
    found = access.environment(request.user, environment_id)
    tab = request.GET.get("tab", "")
    tab = tab if tab in page.TABS else page.TABS[0]
    latest = page.latest_state(found)
    context = _header(request, found) | {"tab": tab, "latest": latest}
    context |= _TABS[tab](found, request.GET.get("page", ""), latest)
    return render(request, f"environments/{tab}.html", context)


@require_GET
def status(request: HttpRequest, environment_id: uuid.UUID) -> HttpResponse:
    """The head of the page. `was` is the status in the browser: when the work has ended, the page reloads."""
    found = access.environment(request.user, environment_id)
    context = _header(request, found)
    response = render(request, "environments/header.html", context)
    was = request.GET.get("was", "")
    if was and was != found.status and not context["is_working"]:
        response["HX-Refresh"] = "true"
    return response


@require_GET
def instance_list(request: HttpRequest, environment_id: uuid.UUID) -> HttpResponse:
    """The private instances with their commands, read from the account now."""
    found = access.environment(request.user, environment_id)
    context: dict[str, object] = {"environment": found}
    try:
        context["instances"] = instances.list_instances(found)
    except instances.InstancesUnavailable as refusal:
        context["trouble"] = str(refusal)
    return render(request, "environments/instances.html", context)


def _header(request: HttpRequest, environment: Environment) -> dict[str, object]:
    user = signed_in.person(request)
    is_destroyed = environment.status == EnvironmentStatus.DESTROYED
    return {
        "environment": environment,
        "active_run": page.active_run(environment),
        "is_working": listing.is_working(environment),
        "is_destroyed": is_destroyed,
        "box": _box(environment, user),
        "why_not_change": operations.why_not_change(environment, user),
        "why_not_destroy": operations.why_not_destroy(environment, user),
    }


def _box(environment: Environment, user: User) -> box.Box | None:
    """Why the last run failed; None if it did not, or if the environment is lost."""
    failed = (EnvironmentStatus.FAILED, EnvironmentStatus.NEEDS_ATTENTION)
    if environment.status not in failed or environment.lost_at:
        return None
    last = page.runs(environment).first()
    if last is None:
        return None
    last.environment = environment
    return box.explanation_box(last, user)


def _overview(environment: Environment, number: str, latest: StateVersion | None) -> dict[str, object]:
    shown = page.outputs(environment)
    has_instances = bool(environment.outputs.get(instances.GROUP_OUTPUT))
    # The list of instances shows a command for each of them instead.
    others = [each for each in shown if not each.primary and not (has_instances and each.kind == "command")]
    return {
        "primary_outputs": [each for each in shown if each.primary],
        "outputs": others,
        "blueprint": page.current_blueprint(environment),
        "inputs": page.inputs(environment),
        "recent_runs": list(page.runs(environment)[:5]),
        "has_instances": has_instances,
    }


def _resources(environment: Environment, number: str, latest: StateVersion | None) -> dict[str, object]:
    return {"groups": page.resource_groups(latest)}


def _state(environment: Environment, number: str, latest: StateVersion | None) -> dict[str, object]:
    bucket = accounts.to_cloud(environment.account).bucket
    return {"versions": page.state_versions(environment, number), "bucket": bucket}


def _runs(environment: Environment, number: str, latest: StateVersion | None) -> dict[str, object]:
    return {"runs": Paginator(page.runs(environment), page.RUNS_PER_PAGE).get_page(number)}


_TABS = {"overview": _overview, "resources": _resources, "state": _state, "runs": _runs}


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
