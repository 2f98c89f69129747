"""The list of environments: filters, tabs and rows."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.core.paginator import Page, Paginator
from django.db.models import Count, F, Prefetch, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import User
from provisioner import permissions
from provisioner.models import CloudAccount, Environment, Run, Team
from provisioner.run_status import EnvironmentStatus as S

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

PER_PAGE = 25

WORKING = frozenset({S.CREATING, S.UPDATING, S.DESTROYING})
TROUBLE = frozenset({S.FAILED, S.NEEDS_ATTENTION})
# The tabs above the list, with their statuses.
GROUPS: dict[str, tuple["StrOrPromise", frozenset[str]]] = {
    "": (_("Active"), frozenset(S) - {S.DESTROYED}),
    "working": (_("In progress"), WORKING),
    "ready": (_("Ready"), frozenset({S.READY})),
    "trouble": (_("Needs attention"), TROUBLE),
    "destroyed": (_("Destroyed"), frozenset({S.DESTROYED})),
}
SORTS: dict[str, tuple[str, ...]] = {
    "name": ("name", "-created_at"),
    "-name": ("-name", "-created_at"),
    "status": ("status", "-created_at"),
    "-status": ("-status", "-created_at"),
    "team": ("team__name", "-created_at"),
    "-team": ("-team__name", "-created_at"),
    "age": ("-created_at",),
    "-age": ("created_at",),
}
DEFAULT_SORT = "age"


@dataclass(frozen=True, kw_only=True)
class Filters:
    """What the address asks for. What is not understood is left out, never an error."""

    text: str = ""
    status: str = ""
    team: str = ""
    account: str = ""
    sort: str = DEFAULT_SORT

    @property
    def are_set(self) -> bool:
        return bool(self.text or self.status or self.team or self.account)


@dataclass(frozen=True, kw_only=True)
class Tab:
    slug: str
    title: "StrOrPromise"
    count: int
    is_current: bool


@dataclass(frozen=True, kw_only=True)
class EnvironmentList:
    """One page of the list, with its tabs and filters. `has_any` is false before the first order."""

    filters: Filters
    page: Page[Environment]
    tabs: list[Tab]
    has_any: bool
    teams: list[Team] = field(default_factory=list)
    accounts: list[CloudAccount] = field(default_factory=list)

    @property
    def working_ids(self) -> list[str]:
        """The environments of the page whose rows will change without a reload."""
        return [str(environment.pk) for environment in self.page if is_working(environment)]


def is_working(environment: Environment) -> bool:
    """Will the row change without an action of this person?"""
    return environment.status in WORKING and environment.lost_at is None


def filters_from(query: QueryDict) -> Filters:
    """The filters in an address."""
    status, sort = query.get("status", ""), query.get("sort", DEFAULT_SORT)
    return Filters(
        text=_clean(query.get("q", "")),
        status=status if status in GROUPS or status in S.values else "",
        team=_clean(query.get("team", "")),
        account=_clean(query.get("account", "")),
        sort=sort if sort in SORTS else DEFAULT_SORT,
    )


def listing(user: User, *, filters: Filters, page: str) -> EnvironmentList:
    """A page of the environments that match the filters and that this person can see."""
    visible = permissions.visible_environments(user)
    counts = dict(visible.order_by().values_list("status").annotate(Count("pk")))
    narrowed = _narrowed(visible, filters)
    rows = with_last_run(narrowed).order_by(*SORTS[filters.sort])
    return EnvironmentList(
        filters=filters,
        page=Paginator(rows, PER_PAGE).get_page(page),
        tabs=_tabs(counts, filters.status),
        has_any=bool(counts),
        teams=list(_teams(user)),
        accounts=list(CloudAccount.objects.all()),
    )


def with_last_run(environments: QuerySet[Environment]) -> QuerySet[Environment]:
    """With team, account and owner selected, and with the newest run alone in `last_runs`."""
    newest = Run.objects.filter(number=F("environment__run_counter"))
    return environments.select_related("team", "account", "owner").prefetch_related(
        Prefetch("runs", queryset=newest, to_attr="last_runs")
    )


def _narrowed(environments: QuerySet[Environment], filters: Filters) -> QuerySet[Environment]:
    statuses = GROUPS[filters.status][1] if filters.status in GROUPS else {filters.status}
    environments = environments.filter(status__in=sorted(statuses))
    if filters.text:
        environments = environments.filter(name__icontains=filters.text)
    if filters.team:
        environments = environments.filter(team__slug=filters.team)
    if filters.account:
        environments = environments.filter(account__slug=filters.account)
    return environments


def _tabs(counts: dict[str, int], current: str) -> list[Tab]:
    return [
        Tab(
            slug=slug,
            title=title,
            count=sum(counts.get(status, 0) for status in statuses),
            is_current=slug == current,
        )
        for slug, (title, statuses) in GROUPS.items()
    ]


def _teams(user: User) -> QuerySet[Team]:
    return Team.objects.filter(environments__in=permissions.visible_environments(user)).distinct()


def _clean(text: str) -> str:
    return text.replace("\x00", "").strip()[:100]
