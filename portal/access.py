"""The funnel: the only way a door gets an object for a person. A refusal is noted in the trail."""

import uuid
from typing import Any, NoReturn, TypeVar

from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404

from portal.accounts import tokens
from portal.accounts.models import ApiToken, User
from provisioner import audit, permissions
from provisioner.models import AuditEntry, Environment, Run, Team

Row = TypeVar("Row", bound=Model)

SENTENCES = {
    permissions.Act.CHANGE: "You may look at this environment, but not change it.",
    permissions.Act.DESTROY: "You may look at this environment, but not destroy it.",
    permissions.Act.APPROVE: "Only an operator or an admin approves.",
    permissions.Act.OPERATE: "Only an operator or an admin may do this.",
}


def environment(user: Any, environment_id: Any, *, act: permissions.Act = permissions.Act.SEE) -> Environment:
    """The environment, if this person may do this to it.

    Raises Http404 for what they may not see, as for what is not there; PermissionDenied, with a sentence,
    for what they see but may not touch.
    """
    found = _existing(Environment.objects.select_related("team", "account", "owner"), environment_id)
    _demand(user, act, found, audit.environment_subject(found), kind="environment")
    return found


def run(user: Any, run_id: Any, *, act: permissions.Act = permissions.Act.SEE) -> Run:
    """The run, if this person may do this to its environment. Raises as `environment` does."""
    runs = Run.objects.select_related(
        "environment__team",
        "environment__account",
        "requested_by",
        "approved_by",
        "cancel_asked_by",
        "force_asked_by",
        "remediation_asked_by",
    )
    found = _existing(runs, run_id)
    _demand(user, act, found.environment, audit.environment_subject(found.environment, run=found), kind="run")
    return found


def run_to_watch(user: Any, run_id: Any) -> Run:
    """The run, if this person may see it, without the people around it: asked often, for every socket.

    Raises as `environment` does.
    """
    found = _existing(Run.objects.select_related("environment__team"), run_id)
    _demand(
        user,
        permissions.Act.SEE,
        found.environment,
        audit.environment_subject(found.environment, run=found),
        kind="run",
    )
    return found


def approver(user: Any, run: Run) -> None:
    """Let pass who may approve this very run: not its requester. Raises PermissionDenied."""
    if reason := permissions.why_not_approve(user, run):
        _refuse("run.approve", audit.environment_subject(run.environment, run=run), PermissionDenied(reason))


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
    if not permissions.may_order_for(user, team):
        subject = audit.Subject(type="team", id=str(team.pk), name=team.name, team=team.slug)
        audit.record("environment.order", subject=subject, result=AuditEntry.Result.DENIED)
        raise Http404
    return team


def no_team_to_order_for(user: User) -> None:
    """Note the order of somebody who may order for no team at all."""
    subject = audit.Subject(type="team")
    audit.record("environment.order", subject=subject, result=AuditEntry.Result.DENIED)


def audit_trail_reader(user: Any) -> None:
    """Let pass who may read the whole trail. Raises PermissionDenied for anybody else."""
    if not permissions.may_read_audit_trail(user):
        audit.record("audit.read", subject=audit.Subject(type="audit"), result=AuditEntry.Result.DENIED)
        raise PermissionDenied("Only auditors and admins can read the audit trail.")


def _existing(objects: QuerySet[Row], identifier: Any) -> Row:
    try:
        return objects.get(pk=identifier if isinstance(identifier, uuid.UUID) else uuid.UUID(str(identifier)))
    except (ObjectDoesNotExist, ValueError):
        raise Http404 from None


def _demand(
    user: User, act: permissions.Act, environment: Environment, subject: audit.Subject, *, kind: str
) -> None:
    if not permissions.may(user, permissions.Act.SEE, environment):
        _refuse(f"{kind}.{act}", subject, Http404())
    if act is not permissions.Act.SEE and not permissions.may(user, act, environment):
        _refuse(f"{kind}.{act}", subject, PermissionDenied(SENTENCES[act]))


def _refuse(action: str, subject: audit.Subject, error: Exception) -> NoReturn:
    audit.record(action, subject=subject, result=AuditEntry.Result.DENIED)
    raise error
