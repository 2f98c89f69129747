"""The pages of the audit trail, for auditors and admins."""

from collections.abc import AsyncIterator, Callable

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from portal import access
from portal.audit import export
from portal.audit.filters import AuditFilters
from provisioner import audit
from provisioner.models import AuditEntry, AuditHead

PER_PAGE = 50
CHUNK = 500


@require_GET
def entries(request: HttpRequest) -> HttpResponse:
    """A page of the entries that match the filters."""
    access.audit_trail_reader(request.user)
    wanted = AuditFilters(request.GET, AuditEntry.objects.all())
    page = Paginator(wanted.qs, PER_PAGE).get_page(request.GET.get("page", ""))
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
    template = "audit/entries.html" if context["is_fragment"] else "audit/audit.html"
    response = render(request, template, context)
    response["Vary"] = "HX-Request, HX-Target, Cookie"
    return response


@require_GET
def chain(request: HttpRequest) -> HttpResponse:
    """Verify all entries of the chain now. A fragment for htmx, otherwise a page."""
    access.audit_trail_reader(request.user)
    is_fragment = request.headers.get("HX-Request") == "true"
    template = "audit/chain.html" if is_fragment else "audit/chain_page.html"
    response = render(request, template, {"verdict": audit.verify(), "now": timezone.now()})
    response["Vary"] = "HX-Request, Cookie"
    return response


@require_GET
def export_file(request: HttpRequest, format: str) -> StreamingHttpResponse:
    """The filtered entries as a file. The audit trail records the export with its filters."""
    access.audit_trail_reader(request.user)
    wanted = AuditFilters(request.GET, AuditEntry.objects.all())
    subject = audit.Subject(type="audit", name=f"audit.{format}")
    audit.record("audit.export", subject=subject, details={"format": format, "filters": wanted.recorded})
    content_type, lines = _FORMATS[format]
    response = StreamingHttpResponse(lines(wanted.qs), content_type=content_type)
    name = f"audit-{timezone.now():%Y%m%d-%H%M%S}.{format}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


async def _csv(entries: QuerySet[AuditEntry]) -> AsyncIterator[str]:
    yield export.csv_header()
    async for entry in entries.aiterator(chunk_size=CHUNK):
        yield export.csv_line(entry)


async def _json_lines(entries: QuerySet[AuditEntry]) -> AsyncIterator[str]:
    async for entry in entries.aiterator(chunk_size=CHUNK):
        yield export.json_line(entry)


_FORMATS: dict[str, tuple[str, Callable[[QuerySet[AuditEntry]], AsyncIterator[str]]]] = {
    "csv": ("text/csv; charset=utf-8", _csv),
    "jsonl": ("application/x-ndjson", _json_lines),
}
