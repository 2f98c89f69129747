"""Who can do what: the only place that decides. The portal asks for each request, the worker at each claim.

Views get their objects through `portal/access.py`, which asks here and records refusals.
"""

from enum import StrEnum
from typing import Protocol

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from provisioner.models import Environment, Run, Team


class Person(Protocol):
    """A user, as the engine needs one: the portal's user model fits."""

    @property
    def pk(self) -> int: ...
    @property
    def username(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def is_active(self) -> bool: ...


OPERATES = frozenset({"operator", "admin"})
SEES_EVERYTHING = frozenset({"operator", "auditor", "admin"})
READS_AUDIT_TRAIL = frozenset({"auditor", "admin"})


class Act(StrEnum):
    SEE = "see"
    CHANGE = "change"  # order a change, cancel, discard
    DESTROY = "destroy"
    APPROVE = "approve"
    OPERATE = "operate"  # settle, remediate, stop by force


def may(user: Person, act: Act, environment: Environment) -> bool:
    """Whether this person can do this to the environment now. Reads the team membership from the database."""
    if not user.is_active:
        return False
    is_member = environment.team.members.filter(pk=user.pk).exists()
    if act is Act.SEE:
        return is_member or user.role in SEES_EVERYTHING
    if act in (Act.APPROVE, Act.OPERATE):
        return user.role in OPERATES
    return (is_member and user.role != "auditor") or user.role in OPERATES


def may_order_for(user: Person, team: Team) -> bool:
    """Whether this person can order environments for the team."""
    if not user.is_active or user.role == "auditor":
        return False
    return user.role in OPERATES or team.members.filter(pk=user.pk).exists()


def may_read_audit_trail(user: Person) -> bool:
    """Whether this person can read and export the audit trail."""
    return user.is_active and user.role in READS_AUDIT_TRAIL


def teams_to_order_for(user: Person) -> QuerySet[Team]:
    """Teams for which the person can order."""
    if not user.is_active or user.role == "auditor":
        return Team.objects.none()
    return Team.objects.all() if user.role in OPERATES else Team.objects.filter(members__pk=user.pk)


def default_team(user: Person) -> Team | None:
    """The team of an order without one: the person's own first, else the first they can order for."""
    offered = teams_to_order_for(user).order_by("pk")
    return offered.filter(members__pk=user.pk).first() or offered.first()


def why_not_order(user: Person) -> str:
    """Why this person cannot order anything; empty if they can."""
    if teams_to_order_for(user).exists():
        return ""
    if user.role == "auditor":
        return _(
            "Members of a team, operators and admins can order. "
            "An auditor sees everything and changes nothing."
        )
    return _("Members of a team, operators and admins can order. An admin can add you to a team.")


def visible_environments(user: Person) -> QuerySet[Environment]:
    """Every environment that the person can see."""
    return Environment.objects.filter(_visible(user, "team"))


def visible_runs(user: Person) -> QuerySet[Run]:
    """Every run that the person can see."""
    return Run.objects.filter(_visible(user, "environment__team"))


def _visible(user: Person, team: str) -> Q:
    if not user.is_active:
        return Q(pk__in=[])
    if user.role in SEES_EVERYTHING:
        return Q()
    # A subquery, not a join: a person in two teams must not see rows twice.
    return Q(**{f"{team}__in": Team.objects.filter(members__pk=user.pk).values("pk")})


def why_not_approve(user: Person, run: Run) -> str:
    """Why this person cannot approve the run; empty if they can."""
    if not may(user, Act.APPROVE, run.environment):
        return _("Only an operator or an admin can approve.")
    if run.requested_by_id == user.pk:
        return _("You requested this run. Another operator or admin has to approve it.")
    return ""
