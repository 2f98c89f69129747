"""The list of the runs that a person can see, with the queue above it."""

from typing import TYPE_CHECKING

from django.core.paginator import Paginator
from django.db.models import F, Q, QuerySet
from django.db.models.expressions import OrderBy
from django.db.models.functions import Coalesce, Now
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from django_filters import ChoiceFilter

from portal.accounts import signed_in
from portal.accounts.models import User
from portal.requests.list_filters import GroupFilter, ListFilters, SortFilter, TextFilter
from provisioner import permissions
from provisioner.models import Run, Team
from provisioner.run_status import ACTIVE, FINAL, SUCCEEDED, RunKind, RunStatus
from provisioner.scheduling import queue

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

PER_PAGE = 50
# The values of the parameter `status` besides the statuses themselves.
GROUPS: dict[str, tuple["StrOrPromise", frozenset[RunStatus]]] = {
    "active": (_("In progress"), ACTIVE),
    "succeeded": (_("Succeeded"), SUCCEEDED),
    "ended": (_("Not successful"), FINAL - SUCCEEDED),
}

_TOOK = Coalesce("finished_at", Now()) - F("started_at")
_NEWEST_FIRST = ("-queued_at", "-pk")
SORTS: dict[str, tuple[str | OrderBy, ...]] = {
    "run": ("environment__name", "-number", *_NEWEST_FIRST),
    "-run": ("-environment__name", "-number", *_NEWEST_FIRST),
    "status": ("status", *_NEWEST_FIRST),
    "-status": ("-status", *_NEWEST_FIRST),
    "team": ("environment__team__name", *_NEWEST_FIRST),
    "-team": ("-environment__team__name", *_NEWEST_FIRST),
    "by": ("requested_by__username", *_NEWEST_FIRST),
    "-by": ("-requested_by__username", *_NEWEST_FIRST),
    "asked": ("queued_at", "-pk"),
    "-asked": _NEWEST_FIRST,
    # A run that has not started yet has no duration.
    "took": (_TOOK.asc(nulls_first=True), *_NEWEST_FIRST),
    "-took": (_TOOK.desc(nulls_last=True), *_NEWEST_FIRST),
}


class RunFilters(ListFilters):
    q = TextFilter(method="search")
    status = GroupFilter(
        groups={name: statuses for name, (_title, statuses) in GROUPS.items()}, values=RunStatus.values
    )
    kind = ChoiceFilter(choices=RunKind.choices)
    team = TextFilter(field_name="environment__team__slug")
    mine = ChoiceFilter(choices=[("1", "1")], method="requested_by_me")
    sort = SortFilter(orders=SORTS, default="-asked")

    def search(self, runs: QuerySet[Run], name: str, text: str) -> QuerySet[Run]:
        """Runs by a part of the environment's or the requester's name, or by their number."""
        found = Q(environment__name__icontains=text) | Q(requested_by__username__icontains=text)
        number = text.lstrip("#")
        # A longer number does not fit the column.
        if number.isdecimal() and len(number) < 9:
            found |= Q(number=int(number))
        return runs.filter(found)

    def requested_by_me(self, runs: QuerySet[Run], name: str, value: str) -> QuerySet[Run]:
        return runs.filter(requested_by=self.request.user)


@require_GET
@never_cache
def runs(request: HttpRequest) -> HttpResponse:
    """The page, or only its rows for htmx."""
    user = signed_in.person(request)
    visible = permissions.visible_runs(user).select_related(
        "environment__team", "environment__account", "requested_by"
    )
    filters = RunFilters(request.GET, visible, request=request)
    page = Paginator(filters.qs, PER_PAGE).get_page(request.GET.get("page", "1"))
    context = {
        "page": page,
        "filters": filters,
        "query": request.GET.urlencode(),
        "queue": queue.overview(now=timezone.now()),
        "queue_positions": queue.positions(page, now=timezone.now()),
        "is_moving": any(run.status in ACTIVE for run in page),
        "groups": [(slug, title) for slug, (title, _statuses) in GROUPS.items()],
        "statuses": RunStatus.choices,
        "kinds": RunKind.choices,
        "teams": _teams(user),
        "why_not_order": lambda: permissions.why_not_order(user),
        "may_read_audit_trail": permissions.may_read_audit_trail(user),
    }
    # htmx's middleware sets `htmx` on every request.
    is_fragment = bool(getattr(request, "htmx", False))
    return render(request, "runs/_list.html" if is_fragment else "runs/list.html", context)


def _teams(user: User) -> list[Team]:
    sees_everything = user.role in permissions.SEES_EVERYTHING
    return list(Team.objects.all() if sees_everything else Team.objects.filter(members=user))
