"""Changing and destroying an environment: a further run, unless one is active."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError
from django.utils.translation import gettext as _

from provisioner import audit, blueprints, catalogue, encryption, permissions
from provisioner.database import constraints
from provisioner.models import CloudAccount, Environment, Run
from provisioner.operations import acts, answers, clashes, protection, requests
from provisioner.operations.refusal import Errors, Refused
from provisioner.permissions import Person
from provisioner.run_status import ACTIVE, EnvironmentStatus, RunKind, RunStatus
from provisioner.runs import lifecycle


class ActiveRun(Exception):
    """The environment has a run that is not over; `run` is that one."""

    def __init__(self, run: Run) -> None:
        self.run = run
        words = {"number": run.number, "status": str(RunStatus(run.status).label).lower()}
        super().__init__(_("Wait for run %(number)s of this environment, which is %(status)s.") % words)


@dataclass(frozen=True, kw_only=True)
class ChangeRequest:
    """What a person wants to be different, as it was typed.

    `size` None: the present one. `keeps_others`: what `inputs` leaves out stays as it is, and another size
    brings its values; otherwise it comes from the size, else from the blueprint, as in an order. A sensitive
    input that is left out, empty, or encrypted as it is stored, stays as it is in both cases.
    """

    environment_id: UUID
    inputs: Mapping[str, object]
    by: Person
    size: str | None = None
    keeps_others: bool = False
    key: str = ""

    def content(self) -> dict[str, object]:
        """What makes two requests the same one."""
        return {
            "kind": RunKind.UPDATE.value,
            "environment": str(self.environment_id),
            "size": self.size,
            "keeps_others": self.keeps_others,
            "inputs": dict(self.inputs),
        }

    def size_for(self, environment: Environment) -> str:
        """The size that the environment is to have."""
        return environment.size if self.size is None else self.size


def change(request: ChangeRequest, *, now: datetime) -> Run:
    """Queue a run that brings the environment to these values; the same key and content gives that run again.

    Raises Refused with messages by field, ActiveRun, requests.KeyUsedOtherwise.
    """

    def new_run(environment: Environment) -> requests.NewRun:
        blueprint = _blueprint(environment)
        errors, values = _validate(request, environment, blueprint)
        if errors:
            raise Refused(errors)
        return requests.NewRun(
            kind=RunKind.UPDATE,
            by=request.by,
            blueprint=blueprint,
            size=request.size_for(environment),
            inputs=encryption.encrypted(values, names=blueprint.sensitive_variables),
            networks=clashes.networks_of(blueprint, values),
            key=request.key,
            content=request.content(),
        )

    repetition = _Repetition(
        request.environment_id, RunKind.UPDATE, request.by, request.key, request.content()
    )
    return _queue_once(repetition, new_run, question=why_not_change, now=now)


def check_change(request: ChangeRequest, environment: Environment, blueprint: blueprints.Blueprint) -> Errors:
    """What is wrong with the request so far, by field. Places nothing, never raises."""
    return _validate(request, environment, blueprint)[0]


def destroy(*, environment_id: UUID, by: Person, now: datetime, key: str = "") -> Run:
    """Queue a run that destroys the environment, with its last values.

    Raises Refused, ActiveRun, requests.KeyUsedOtherwise.
    """
    content = {"kind": RunKind.DESTROY.value, "environment": str(environment_id)}

    def new_run(environment: Environment) -> requests.NewRun:
        return requests.NewRun(
            kind=RunKind.DESTROY,
            by=by,
            blueprint=_blueprint(environment),
            size=environment.size,
            inputs=environment.inputs,
            networks=environment.networks,
            key=key,
            content=content,
        )

    repetition = _Repetition(environment_id, RunKind.DESTROY, by, key, content)
    return _queue_once(repetition, new_run, question=why_not_destroy, now=now)


def why_not_change(environment: Environment, user: Person) -> str:
    """Why this person cannot change the environment now; empty if they can."""
    if environment.lost_at:
        return _("Its cloud account was reset without it. It can only be destroyed.")
    return _why_not(environment, user, permissions.Act.CHANGE)


def why_not_destroy(environment: Environment, user: Person) -> str:
    """Why this person cannot destroy the environment now; empty if they can."""
    return _why_not(environment, user, permissions.Act.DESTROY) or protection.why_protected(environment)


def _why_not(environment: Environment, user: Person, act: permissions.Act) -> str:
    if not permissions.may(user, act, environment):
        template = (
            _("You cannot destroy environments of team %(team)s.")
            if act is permissions.Act.DESTROY
            else _("You cannot change environments of team %(team)s.")
        )
        return template % {"team": environment.team.name}
    if environment.status == EnvironmentStatus.DESTROYED:
        return _("This environment has been destroyed.")
    if run := active_run(environment):
        return str(ActiveRun(run))
    return ""


def active_run(environment: Environment) -> Run | None:
    """The environment's one run that is not over, if there is one."""
    return Run.objects.filter(environment=environment, status__in=ACTIVE).first()


@dataclass(frozen=True)
class _Repetition:
    """What is needed to find the run of the same request."""

    environment_id: UUID
    kind: RunKind
    by: Person
    key: str
    content: Mapping[str, object]

    def earlier(self) -> Run | None:
        """Raises requests.KeyUsedOtherwise."""

        def looks_alike(run: Run) -> bool:
            return (run.environment_id, run.kind) == (self.environment_id, self.kind)

        return requests.earlier(by=self.by, key=self.key, content=self.content, looks_alike=looks_alike)


def _queue_once(
    repetition: _Repetition,
    new_run: Callable[[Environment], requests.NewRun],
    *,
    question: Callable[[Environment, Person], str],
    now: datetime,
) -> Run:
    environment_id = repetition.environment_id
    try:
        with acts.act_of(repetition.by):
            if run := repetition.earlier():
                return run
            environment = _locked(environment_id)
            if reason := question(environment, repetition.by):
                raise Refused({blueprints.WHOLE_FORM: [reason]})
            return _queue(environment, new_run(environment), now)
    except IntegrityError as error:
        if not constraints.is_violation_of(error, "run_idempotent", "one_active_run_per_environment", of=Run):
            raise
        # Another transaction was faster, with the same key or with a run of its own.
        if run := repetition.earlier():
            return run
        if active := active_run(Environment.objects.get(pk=environment_id)):
            raise ActiveRun(active) from None
        raise


def _queue(environment: Environment, request: requests.NewRun, now: datetime) -> Run:
    run = requests.queue(environment, request, was=environment.status, now=now)
    action = "environment.destroy" if request.kind == RunKind.DESTROY else "environment.change"
    details = _difference(environment.inputs, request) if request.kind == RunKind.UPDATE else {}
    audit.record(action, subject=audit.environment_subject(environment, run=run), details=details, at=now)
    return run


def _locked(environment_id: UUID) -> Environment:
    """The environment under its account's and its own row lock. Raises ActiveRun.

    A status is written with the run locked before the environment. Another order here could deadlock, so an
    active run is locked, and waited for, first.
    """
    account_id = Environment.objects.values_list("account_id", flat=True).get(pk=environment_id)
    CloudAccount.objects.select_for_update().get(pk=account_id)
    active = Run.objects.select_for_update().filter(environment_id=environment_id, status__in=ACTIVE).first()
    if active:
        raise ActiveRun(active)
    return lifecycle.lock_environment(environment_id)


def _blueprint(environment: Environment) -> blueprints.Blueprint:
    blueprint = catalogue.blueprint(environment.blueprint)
    if blueprint is None:
        raise Refused(
            {
                blueprints.WHOLE_FORM: [
                    _("The blueprint %(name)s is not available at the moment.")
                    % {"name": environment.blueprint}
                ]
            }
        )
    return blueprint


def _validate(
    request: ChangeRequest, environment: Environment, blueprint: blueprints.Blueprint
) -> tuple[dict[str, list[str]], dict[str, object]]:
    """Errors by field (empty: it can be ordered) and the typed values, not encrypted: never show them."""
    size = request.size_for(environment)
    raw = dict(request.inputs)
    if request.keeps_others:
        chosen = blueprint.size(size) if size != environment.size else None
        raw = {**environment.inputs, **(chosen.inputs if chosen else {}), **raw}
    return answers.check_change(environment=environment, blueprint=blueprint, raw=raw, size=size)


def _difference(before: Mapping[str, object], request: requests.NewRun) -> dict[str, object]:
    """Names of what changes, for the audit trail, which must not have values of sensitive inputs."""
    changed = sorted(
        name for name, value in request.inputs.items() if not answers.are_same(before.get(name), value)
    )
    return {"size": request.size, "changed": changed}
