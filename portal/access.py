"""The funnel: the only way a door gets an object for a person. A refusal is noted in the trail."""

import uuid
from typing import Any, NoReturn, TypeVar

from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404

from portal.accounts.models import User
from portal.api import tokens
from portal.api.models import ApiToken
from provisioner import rights, trail
from provisioner.models import Environment, Run, Team, TrailEntry

Row = TypeVar("Row", bound=Model)

SENTENCES = {
    rights.Act.CHANGE: "You may look at this environment, but not change it.",
    rights.Act.DESTROY: "You may look at this environment, but not destroy it.",
    rights.Act.APPROVE: "Only an operator or an admin approves.",
    rights.Act.OPERATE: "Only an operator or an admin may do this.",
}


def environment(user: Any, environment_id: Any, *, act: rights.Act = rights.Act.SEE) -> Environment:
    """The environment, if this person may do this to it.

    Raises Http404 for what they may not see, as for what is not there; PermissionDenied, with a sentence,
    for what they see but may not touch.
    """
    found = _existing(Environment.objects.select_related("team", "account", "owner"), environment_id)
    _demand(user, act, found, trail.environment(found), kind="environment")
    return found


def run(user: Any, run_id: Any, *, act: rights.Act = rights.Act.SEE) -> Run:
    """The run, if this person may do this to its environment. Raises as `environment` does."""
    runs = Run.objects.select_related(
        "environment__team",
        "environment__account",
        "requested_by",
        "approved_by",
        "cancel_asked_by",
        "force_asked_by",
        "remedy_asked_by",
    )
    found = _existing(runs, run_id)
    _demand(user, act, found.environment, trail.environment(found.environment, run=found), kind="run")
    return found


def run_to_watch(user: Any, run_id: Any) -> Run:
    """The run, if this person may see it, without the people around it: asked often, for every socket.

    Raises as `environment` does.
    """
    found = _existing(Run.objects.select_related("environment__team"), run_id)
    _demand(
        user, rights.Act.SEE, found.environment, trail.environment(found.environment, run=found), kind="run"
    )
    return found


def approver(user: Any, run: Run) -> None:
    """Let pass who may approve this very run: not its requester. Raises PermissionDenied."""
    if reason := rights.why_not_approve(user, run):
        _refuse("run.approve", trail.environment(run.environment, run=run), PermissionDenied(reason))


def token(user: User, token_id: int) -> ApiToken:
    """One of the person's own tokens. Raises Http404 for somebody else's as for none."""
    found = ApiToken.objects.filter(pk=token_id).first()
    if found is None:
        raise Http404
    if found.user_id != user.pk:
        _refuse("token.revoke", tokens.subject_of(found), Http404())
    return found


def team_to_order_for(user: User, slug: str) -> Team:
    """The team, if this person may order in its name. Raises Http404 for a foreign team as for none."""
    team = Team.objects.filter(slug=slug).first()
    if team is None:
        raise Http404
    if not rights.may_order_for(user, team):
        subject = trail.Subject(type="team", id=str(team.pk), name=team.name, team=team.slug)
        trail.record("environment.order", subject=subject, result=TrailEntry.Result.DENIED)
        raise Http404
    return team


def no_team_to_order_for(user: User) -> None:
    """Note the order of somebody who may order for no team at all."""
    subject = trail.Subject(type="team")
    trail.record("environment.order", subject=subject, result=TrailEntry.Result.DENIED)


def trail_reader(user: Any) -> None:
    """Let pass who may read the whole trail. Raises PermissionDenied for anybody else."""
    if not rights.may_read_trail(user):
        trail.record("trail.read", subject=trail.Subject(type="trail"), result=TrailEntry.Result.DENIED)
        raise PermissionDenied("Only auditors and admins read the trail.")


def _existing(objects: QuerySet[Row], identifier: Any) -> Row:
    try:
        return objects.get(pk=identifier if isinstance(identifier, uuid.UUID) else uuid.UUID(str(identifier)))
    except (ObjectDoesNotExist, ValueError):
        raise Http404 from None


def _demand(
    user: User, act: rights.Act, environment: Environment, subject: trail.Subject, *, kind: str
) -> None:
    if not rights.may(user, rights.Act.SEE, environment):
        _refuse(f"{kind}.{act}", subject, Http404())
    if act is not rights.Act.SEE and not rights.may(user, act, environment):
        _refuse(f"{kind}.{act}", subject, PermissionDenied(SENTENCES[act]))


def _refuse(action: str, subject: trail.Subject, error: Exception) -> NoReturn:
    trail.record(action, subject=subject, result=TrailEntry.Result.DENIED)
    raise error
