"""Access checks: the only way a view gets an object for a person.

A refusal is recorded in the audit trail.
"""

from typing import NoReturn, TypeVar
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.db.models import Model, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.accounts import signed_in, tokens
from portal.accounts.models import ApiToken, User
from provisioner import audit, permissions
from provisioner.models import AuditEntry, Environment, Run

Row = TypeVar("Row", bound=Model)

SENTENCES = {
    permissions.Act.CHANGE: gettext_lazy("You can see this environment, but not change it."),
    permissions.Act.DESTROY: gettext_lazy("You can see this environment, but not destroy it."),
    permissions.Act.APPROVE: gettext_lazy("Only an operator or an admin can approve."),
    permissions.Act.OPERATE: gettext_lazy("Only an operator or an admin can do this."),
}


def environment(
    user: User | AnonymousUser, environment_id: UUID | str, *, act: permissions.Act = permissions.Act.SEE
) -> Environment:
    """The environment, if this person may do this to it.

    Raises Http404 if they may not see it, or if it does not exist; PermissionDenied, with a sentence, if they
    may see it but not do this.
    """
    found = _existing(Environment.objects.select_related("team", "account", "owner"), environment_id)
    _demand(user, act, found, audit.environment_subject(found), kind="environment")
    return found


def run(user: User | AnonymousUser, run_id: UUID | str, *, act: permissions.Act = permissions.Act.SEE) -> Run:
    """The run, if this person may do this to its environment. Raises the same as `environment`."""
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


def run_to_watch(user: User | AnonymousUser, run_id: UUID | str) -> Run:
    """The run, if this person may see it, without the people related to it: called often, for every socket.

    Raises the same as `environment`.
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


def approver(user: User | AnonymousUser, run: Run) -> None:
    """Check that this person may approve this run, which its requester may not. Raises PermissionDenied."""
    if reason := permissions.why_not_approve(signed_in.required(user), run):
        _refuse("run.approve", audit.environment_subject(run.environment, run=run), PermissionDenied(reason))


def token(user: User, token_id: int) -> ApiToken:
    """One of the person's own tokens. Raises Http404 for another person's token, and for none."""
    found = ApiToken.objects.filter(pk=token_id).first()
    if found is None:
        raise Http404
    if found.user_id != user.pk:
        _refuse("token.revoke", tokens.subject_of(found), Http404())
    return found


def audit_trail_reader(user: User | AnonymousUser) -> None:
    """Check that this person may read the complete audit trail. Raises PermissionDenied."""
    if not permissions.may_read_audit_trail(signed_in.required(user)):
        audit.record("audit.read", subject=audit.Subject(type="audit"), result=AuditEntry.Result.DENIED)
        raise PermissionDenied(_("Only auditors and admins can read the audit trail."))


def _existing(objects: QuerySet[Row], identifier: UUID | str) -> Row:
    try:
        return objects.get(pk=identifier if isinstance(identifier, UUID) else UUID(identifier))
    except (ObjectDoesNotExist, ValueError):
        raise Http404 from None


def _demand(
    user: User | AnonymousUser,
    act: permissions.Act,
    environment: Environment,
    subject: audit.Subject,
    *,
    kind: str,
) -> None:
    person = signed_in.required(user)
    if not permissions.may(person, permissions.Act.SEE, environment):
        _refuse(f"{kind}.{act}", subject, Http404())
    if act is not permissions.Act.SEE and not permissions.may(person, act, environment):
        _refuse(f"{kind}.{act}", subject, PermissionDenied(str(SENTENCES[act])))


def _refuse(action: str, subject: audit.Subject, error: Exception) -> NoReturn:
    audit.record(action, subject=subject, result=AuditEntry.Result.DENIED)
    raise error
