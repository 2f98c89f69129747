"""The catalog and the order form."""

from collections.abc import Iterable

from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from portal.accounts import signed_in
from portal.catalogue import order_form
from provisioner import audit, catalogue, operations, permissions
from provisioner.blueprints import Blueprint
from provisioner.models import AuditEntry, Environment


@require_GET
def offered(request: HttpRequest) -> HttpResponse:
    """The blueprints that can be ordered. Operators and admins also see the broken ones."""
    user = signed_in.person(request)
    found = catalogue.offered()
    context = {
        "blueprints": _often_ordered_first(map(catalogue.shown, found.blueprints.values())),
        "mistakes": found.mistakes if user.role in permissions.OPERATES else (),
        "why_not_order": permissions.why_not_order(user),
    }
    return render(request, "catalogue/catalogue.html", context)


def _often_ordered_first(offered: Iterable[Blueprint]) -> list[Blueprint]:
    counted = Environment.objects.values_list("blueprint").annotate(Count("pk"))
    ordered = dict(counted.order_by())
    return sorted(offered, key=lambda each: (-ordered.get(each.slug, 0), each.title))


@require_http_methods(["GET", "POST"])
def order(request: HttpRequest, blueprint: str) -> HttpResponse:
    """GET shows the form; POST orders and redirects to the run, or shows the form with its errors."""
    found = _blueprint(blueprint)
    _demand_a_team(request, found)
    if request.method != "POST":
        return _form(request, order_form.fresh(found, request.GET, by=signed_in.person(request)))
    filled = order_form.posted(found, request.POST, by=signed_in.person(request))
    if "refill" in request.POST:
        return _form(request, order_form.refilled(filled))
    try:
        run = operations.order(filled.request, now=timezone.now())
    except operations.Refused as refusal:
        return _form(request, filled.refused(refusal.errors))
    except operations.KeyUsedOtherwise:
        # The person went back after an order and changed the form: it is another order.
        return _form(request, filled.sent_before())
    return redirect("run", run.pk)


@require_POST
def check(request: HttpRequest, blueprint: str) -> HttpResponse:
    """The errors of the answers so far, each for its field, and the summary of what would be built."""
    found = _blueprint(blueprint)
    _demand_a_team(request, found)
    filled = order_form.posted(found, request.POST, by=signed_in.person(request))
    return render(request, "catalogue/checked.html", {"form": order_form.checked(filled)})


def _blueprint(slug: str) -> Blueprint:
    if (found := catalogue.blueprint(slug)) is None:
        raise Http404
    return catalogue.shown(found)


def _demand_a_team(request: HttpRequest, blueprint: Blueprint) -> None:
    reason = permissions.why_not_order(signed_in.person(request))
    if not reason:
        return
    if request.method == "POST":
        subject = audit.Subject(type="blueprint", id=blueprint.slug, name=blueprint.title)
        audit.record("environment.order", subject=subject, result=AuditEntry.Result.DENIED)
    raise PermissionDenied(reason)


def _form(request: HttpRequest, form: order_form.OrderForm) -> HttpResponse:
    return render(request, "catalogue/order.html", {"form": form}, status=422 if form.errors else 200)
