"""Who may do what: the only place that decides. Every door asks here; the worker asks again at its claim.

Doors get their objects through `portal/access.py`, which asks these questions and notes refusals.
"""

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.db.models import Q, QuerySet

from provisioner.models import Environment, Run, Team

if TYPE_CHECKING:
    # For the type checker alone: at run time the engine knows no portal.
    from portal.accounts.models import User as User

OPERATES = frozenset({"operator", "admin"})
SEES_EVERYTHING = frozenset({"operator", "auditor", "admin"})
READS_AUDIT_TRAIL = frozenset({"auditor", "admin"})


class Act(StrEnum):
    SEE = "see"
    CHANGE = "change"  # order a change, cancel, discard
    DESTROY = "destroy"
    APPROVE = "approve"
    OPERATE = "operate"  # settle, mend, end by force


def may(user: "User", act: Act, environment: Environment) -> bool:
    """May this person do this to the environment, now? Reads the membership afresh."""
    if not user.is_active:
        return False
    is_member = environment.team.members.filter(pk=user.pk).exists()
    if act is Act.SEE:
        return is_member or user.role in SEES_EVERYTHING
    if act in (Act.APPROVE, Act.OPERATE):
        return user.role in OPERATES
    return (is_member and user.role != "auditor") or user.role in OPERATES


def may_order_for(user: "User", team: Team) -> bool:
    """May this person order environments that belong to the team?"""
    if not user.is_active or user.role == "auditor":
        return False
    return user.role in OPERATES or team.members.filter(pk=user.pk).exists()


def may_read_audit_trail(user: "User") -> bool:
    """May this person read and export the whole trail?"""
    return user.is_active and user.role in READS_AUDIT_TRAIL


def teams_to_order_for(user: "User") -> QuerySet[Team]:
    """Teams in whose name the person may order."""
    if not user.is_active or user.role == "auditor":
        return Team.objects.none()
    return Team.objects.all() if user.role in OPERATES else Team.objects.filter(members=user)


def why_not_order(user: "User") -> str:
    """Why this person can order nothing at all, in a sentence; empty when they can."""
    if teams_to_order_for(user).exists():
        return ""
    who = "Ordering is for members of a team, operators and admins."
    if user.role == "auditor":
        return f"{who} An auditor sees all of it and changes nothing."
    return f"{who} An admin can add you to a team."


def visible_environments(user: "User") -> QuerySet[Environment]:
    """Every environment the person may see."""
    return Environment.objects.filter(_visible(user, "team"))


def visible_runs(user: "User") -> QuerySet[Run]:
    """Every run the person may see."""
    return Run.objects.filter(_visible(user, "environment__team"))


def _visible(user: "User", team: str) -> Q:
    if not user.is_active:
        return Q(pk__in=[])
    if user.role in SEES_EVERYTHING:
        return Q()
    # A subquery, not a join: a person in two teams must not see rows twice.
    return Q(**{f"{team}__in": Team.objects.filter(members=user).values("pk")})


def why_not_approve(user: Any, run: Run) -> str:
    """Why this person cannot approve the run, in a sentence; empty when they can."""
    if not may(user, Act.APPROVE, run.environment):
        return "Only an operator or an admin approves."
    if run.requested_by_id == user.pk:
        return "The requester never approves their own run; another operator has to."
    return ""
