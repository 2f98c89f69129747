"""The list of environments: filters, tabs and rows."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.core.paginator import Page, Paginator
from django.db.models import Count, F, Prefetch, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from portal.accounts.models import User
from portal.requests.list_filters import GroupFilter, ListFilters, SortFilter, TextFilter
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


class EnvironmentFilters(ListFilters):
    q = TextFilter(field_name="name", lookup_expr="icontains")
    status = GroupFilter(
        groups={name: statuses for name, (_title, statuses) in GROUPS.items()}, values=S.values
    )
    team = TextFilter(field_name="team__slug")
    account = TextFilter(field_name="account__slug")
    sort = SortFilter(orders=SORTS, default="age")


@dataclass(frozen=True, kw_only=True)
class Tab:
    slug: str
    title: "StrOrPromise"
    count: int
    is_current: bool


@dataclass(frozen=True, kw_only=True)
class EnvironmentList:
    """One page of the list, with its tabs and filters. `has_any` is false before the first order."""

    filters: EnvironmentFilters
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


def listing(user: User, query: QueryDict) -> EnvironmentList:
    """The page of the environments that `query` asks for and that this person can see."""
    visible = permissions.visible_environments(user)
    counts = dict(visible.order_by().values_list("status").annotate(Count("pk")))
    filters = EnvironmentFilters(query, with_last_run(visible))
    return EnvironmentList(
        filters=filters,
        page=Paginator(filters.qs, PER_PAGE).get_page(query.get("page", "")),
        tabs=_tabs(counts, filters.values["status"]),
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
