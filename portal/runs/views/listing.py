"""The list of the runs that a person can see, with the queue above it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.paginator import Page, Paginator
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce, Now
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from portal.accounts import signed_in
from provisioner import permissions
from provisioner.models import Run, Team
from provisioner.run_status import ACTIVE, FINAL, SUCCEEDED, RunKind, RunStatus
from provisioner.scheduling import queue

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

PER_PAGE = 50
# The values of the parameter `status` besides the statuses themselves.
GROUPS: dict[str, tuple["StrOrPromise", frozenset[RunStatus]]] = {
    "active": (gettext_lazy("In progress"), ACTIVE),
    "succeeded": (gettext_lazy("Succeeded"), SUCCEEDED),
    "ended": (gettext_lazy("Not successful"), FINAL - SUCCEEDED),
}


_TOOK = Coalesce("finished_at", Now()) - F("started_at")
SORTS: dict[str, tuple[Any, ...]] = {
    "run": ("environment__name", "-number"),
    "-run": ("-environment__name", "-number"),
    "status": ("status",),
    "-status": ("-status",),
    "team": ("environment__team__name",),
    "-team": ("-environment__team__name",),
    "by": ("requested_by__username",),
    "-by": ("-requested_by__username",),
    "asked": ("queued_at",),
    "-asked": ("-queued_at",),
    # What has not started yet took no time at all.
    "took": (_TOOK.asc(nulls_first=True),),
    "-took": (_TOOK.desc(nulls_last=True),),
}
DEFAULT_SORT = "-asked"


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What the address asks for. What is not understood is left out, never an error."""

    text: str = ""
    status: str = ""
    kind: str = ""
    team: str = ""
    is_mine: bool = False
    sort: str = DEFAULT_SORT

    @property
    def are_set(self) -> bool:
        return bool(self.text or self.status or self.kind or self.team or self.is_mine)


@require_GET
@never_cache
def runs(request: HttpRequest) -> HttpResponse:
    """The page, or for htmx its rows alone."""
    user = signed_in.person(request)
    filters = filters_from(request.GET)
    page = page_of(user, filters=filters, number=request.GET.get("page", "1"))
    context = {
        "page": page,
        "filters": filters,
        "query": request.GET.urlencode(),
        "queue": queue.overview(now=timezone.now()),
        "queue_positions": queue.positions(page, now=timezone.now()),
        "is_moving": any(run.status in ACTIVE for run in page),
        "groups": [(slug, title) for slug, (title, _) in GROUPS.items()],
        "statuses": RunStatus.choices,
        "kinds": RunKind.choices,
        "teams": _teams(user),
        "why_not_order": lambda: permissions.why_not_order(user),
        "may_read_audit_trail": permissions.may_read_audit_trail(user),
    }
    # Cast: the middleware puts `htmx` on every request.
    is_part = bool(getattr(request, "htmx", False))
    return render(request, "runs/_list.html" if is_part else "runs/list.html", context)


def filters_from(query: QueryDict) -> Filters:
    """The filters in an address."""
    status, kind = query.get("status", ""), query.get("kind", "")
    sort = query.get("sort", DEFAULT_SORT)
    return Filters(
        text=query.get("q", "").replace("\x00", "").strip()[:100],
        status=status if status in GROUPS or status in RunStatus.values else "",
        kind=kind if kind in RunKind.values else "",
        team=query.get("team", "").replace("\x00", "")[:50],
        is_mine=query.get("mine") == "1",
        sort=sort if sort in SORTS else DEFAULT_SORT,
    )


def page_of(user: Any, *, filters: Filters, number: str) -> Page[Run]:
    """The page of runs that this person asked for and may see; the newest first where nothing else tells."""
    rows = _narrowed(permissions.visible_runs(user), filters, user)
    rows = rows.select_related("environment__team", "environment__account", "requested_by")
    return Paginator(rows.order_by(*SORTS[filters.sort], "-queued_at", "-pk"), PER_PAGE).get_page(number)


def _narrowed(rows: QuerySet[Run], filters: Filters, user: Any) -> QuerySet[Run]:
    if filters.text:
        number = filters.text.lstrip("#")
        found = Q(environment__name__icontains=filters.text) | Q(
            requested_by__username__icontains=filters.text
        )
        rows = rows.filter(found | Q(number=int(number)) if number.isdecimal() and len(number) < 9 else found)
    if filters.status:
        group = GROUPS[filters.status][1] if filters.status in GROUPS else {filters.status}
        rows = rows.filter(status__in=sorted(group))
    if filters.kind:
        rows = rows.filter(kind=filters.kind)
    if filters.team:
        rows = rows.filter(environment__team__slug=filters.team)
    return rows.filter(requested_by=user) if filters.is_mine else rows


def _teams(user: Any) -> list[Team]:
    teams = (
        Team.objects.all() if user.role in permissions.SEES_EVERYTHING else Team.objects.filter(members=user)
    )
    return list(teams)
