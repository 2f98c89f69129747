"""The trail for auditors and admins. Everybody else is told which role it needs."""

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from portal import access
from portal.audit import export_response, filters
from provisioner import audit
from provisioner.models import AuditEntry, AuditHead

PER_PAGE = 50
_FORMATS: dict[str, tuple[str, Any]] = {
    "csv": ("text/csv; charset=utf-8", export_response.csv_lines),
    "jsonl": ("application/x-ndjson", export_response.json_lines),
}


@require_GET
def entries(request: HttpRequest) -> HttpResponse:
    """The entries that fit the filters, a page of them."""
    access.audit_trail_reader(request.user)
    wanted = filters.filters_from(request.GET)
    page = Paginator(filters.entries(wanted), PER_PAGE).get_page(request.GET.get("page", ""))
    everything = AuditEntry.objects.order_by()
    context = {
        "filters": wanted,
        "page": page,
        "head": AuditHead.objects.get(pk=1),
        "actors": sorted(everything.values_list("actor", flat=True).distinct()),
        "actions": sorted(everything.values_list("action", flat=True).distinct()),
        "results": AuditEntry.Result.choices,
        "is_fragment": request.headers.get("HX-Target") == "entries",
    }
    template = "audit/entries.html" if context["is_fragment"] else "audit/trail.html"
    response = render(request, template, context)
    response["Vary"] = "HX-Request, HX-Target, Cookie"
    return response


@require_GET
def chain(request: HttpRequest) -> HttpResponse:
    """Whether the whole chain holds, walked now. A fragment: it reads every entry there is."""
    access.audit_trail_reader(request.user)
    return render(request, "audit/chain.html", {"verdict": audit.verify(), "now": timezone.now()})


@require_GET
def export(request: HttpRequest, format: str) -> StreamingHttpResponse:
    """The same entries as a file. The trail notes it, with the filters."""
    access.audit_trail_reader(request.user)
    wanted = filters.filters_from(request.GET)
    subject = audit.Subject(type="trail", name=f"trail.{format}")
    audit.record("trail.export", subject=subject, details={"format": format, "filters": wanted.in_words})
    content_type, lines = _FORMATS[format]
    response = StreamingHttpResponse(lines(filters.entries(wanted)), content_type=content_type)
    name = f"trail-{timezone.now():%Y%m%d-%H%M%S}.{format}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response
