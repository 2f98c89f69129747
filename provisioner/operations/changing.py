"""Changing and destroying an environment: a further run, unless one is under way."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError

from provisioner import audit, blueprints, catalogue, encryption, permissions
from provisioner.database import constraints
from provisioner.models import CloudAccount, Environment, Run
from provisioner.operations import acts, answers, clashes, ordering, protection, requests
from provisioner.run_status import ACTIVE, EnvironmentStatus, RunKind, RunStatus
from provisioner.runs import lifecycle

if TYPE_CHECKING:
    from provisioner.permissions import User


class ActiveRun(Exception):
    """The environment has a run that is not over; `run` is that one."""

    def __init__(self, run: Run) -> None:
        self.run = run
        status = RunStatus(run.status).label.lower()
        super().__init__(f"Wait for run {run.number} of the same environment: {status}.")


def change(
    *,
    environment_id: Any,
    size: str,
    values: Mapping[str, Any],
    by: "User",
    now: datetime,
    idempotency_key: str = "",
) -> Run:
    """Queue a run that brings the environment to these values. Raises Refused, ActiveRun.

    A sensitive one that is left out, empty, or sealed as it is stored stays what it is.
    """

    def request(environment: Environment) -> requests.Request:
        blueprint = _blueprint(environment)
        checked = _checked(environment, blueprint, size, values)
        networks = clashes.networks_of(blueprint, checked)
        return requests.Request(
            kind=RunKind.UPDATE, by=by, blueprint=blueprint, size=size, networks=networks,
            inputs=encryption.encrypted(checked, names=blueprint.sensitive_variables),
            idempotency_key=idempotency_key,
        )  # fmt: skip

    return _queue_destroy_or_change(
        environment_id, request, by=by, question=why_not_change, key=idempotency_key, now=now
    )


def destroy(*, environment_id: Any, by: "User", now: datetime, idempotency_key: str = "") -> Run:
    """Queue a run that destroys the environment, with its last values. Raises Refused, ActiveRun."""

    def request(environment: Environment) -> requests.Request:
        return requests.Request(
            kind=RunKind.DESTROY, by=by, blueprint=_blueprint(environment), size=environment.size,
            inputs=environment.inputs, networks=environment.networks, idempotency_key=idempotency_key,
        )  # fmt: skip

    return _queue_destroy_or_change(
        environment_id, request, by=by, question=why_not_destroy, key=idempotency_key, now=now
    )


def why_not_change(environment: Environment, user: "User") -> str:
    """Why this person cannot change the environment now, in a sentence; empty when they can."""
    if environment.lost_at:
        return "Its account began anew without it; it can only be destroyed."
    return _why_not(environment, user, permissions.Act.CHANGE)


def why_not_destroy(environment: Environment, user: "User") -> str:
    """Why this person cannot destroy the environment now, in a sentence; empty when they can."""
    return _why_not(environment, user, permissions.Act.DESTROY) or protection.why_protected(environment)


def _why_not(environment: Environment, user: "User", act: permissions.Act) -> str:
    if not permissions.may(user, act, environment):
        return f"You may not {act.value} environments of team {environment.team.name}."
    if environment.status == EnvironmentStatus.DESTROYED:
        return "This environment has been destroyed."
    if run := active_run(environment):
        return str(ActiveRun(run))
    return ""


def active_run(environment: Environment) -> Run | None:
    """The environment's one run that is not over, if there is one."""
    return Run.objects.filter(environment=environment, status__in=ACTIVE).first()


def _queue_destroy_or_change(
    environment_id: Any,
    request: Callable[[Environment], requests.Request],
    *,
    by: "User",
    question: Callable[[Environment, "User"], str],
    key: str,
    now: datetime,
) -> Run:
    try:
        with acts.act_of(by):
            if run := _repeated(environment_id, request, by=by, key=key):
                return run
            environment = _locked(environment_id)
            if reason := question(environment, by):
                raise ordering.Refused({blueprints.WHOLE_FORM: [reason]})
            return _queue(environment, request(environment), now)
    except IntegrityError as error:
        if not constraints.is_violation_of(error, "run_idempotent", "one_active_run_per_environment", of=Run):
            raise
        # Another transaction was faster, with the same key or with a run of its own.
        if run := _repeated(environment_id, request, by=by, key=key):
            return run
        environment = Environment.objects.get(pk=environment_id)
        if active := active_run(environment):
            raise ActiveRun(active) from None
        raise


def _repeated(
    environment_id: Any, request: Callable[[Environment], requests.Request], *, by: "User", key: str
) -> Run | None:
    """The run that this very request had before. Raises KeyUsedOtherwise where the key had another one."""
    run = requests.earlier(by=by, idempotency_key=key)
    if run is None:
        return None
    environment = Environment.objects.select_related("account").get(pk=environment_id)
    if run.environment_id != environment.pk or not _asks_for(request(environment), run):
        raise requests.KeyUsedOtherwise
    return run


def _asks_for(request: requests.Request, run: Run) -> bool:
    if (run.kind, run.size) != (request.kind, request.size):
        return False
    # Equal as they are stored, or once opened: each sealing of the same answer looks different.
    return run.inputs == request.inputs or answers.are_all_same(run.inputs, request.inputs)


def _queue(environment: Environment, request: requests.Request, now: datetime) -> Run:
    run = requests.queue(environment, request, was=environment.status, now=now)
    action = "environment.destroy" if request.kind == RunKind.DESTROY else "environment.change"
    details = _difference(environment.inputs, request) if request.kind == RunKind.UPDATE else {}
    audit.record(action, subject=audit.environment_subject(environment, run=run), details=details, at=now)
    return run


def _locked(environment_id: Any) -> Environment:
    """The environment under its account's and its own row lock. Raises ActiveRun.

    A status is written with the run locked before the environment; taking them in another order here would
    be a deadlock, so an active run is locked, and waited for, first.
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
        raise ordering.Refused(
            {blueprints.WHOLE_FORM: [f"The blueprint {environment.blueprint} is not offered at present."]}
        )
    return blueprint


def _checked(
    environment: Environment, blueprint: blueprints.Blueprint, size: str, values: Mapping[str, Any]
) -> dict[str, Any]:
    errors, checked = answers.check_change(
        environment=environment, blueprint=blueprint, raw=values, size=size
    )
    if errors:
        raise ordering.Refused(errors)
    return checked


def _difference(before: Mapping[str, Any], request: requests.Request) -> dict[str, Any]:
    """Names of what changes, for the trail; the values of sensitive inputs must not be there."""
    changed = sorted(
        name for name, value in request.inputs.items() if not answers.are_same(before.get(name), value)
    )
    return {"size": request.size, "changed": changed}
