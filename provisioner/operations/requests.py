"""A new run of an environment: numbered, with its first event, in the caller's transaction."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import F

from provisioner.blueprints import Blueprint
from provisioner.models import Environment, Run
from provisioner.operations import acts
from provisioner.run_status import RunKind
from provisioner.runs import approval, events, lifecycle

if TYPE_CHECKING:
    from provisioner.permissions import User

_WORDS = {RunKind.CREATE: "Ordered", RunKind.UPDATE: "Change asked", RunKind.DESTROY: "Destruction asked"}


class KeyUsedOtherwise(Exception):
    """The idempotency key belongs to an earlier and different request of this person."""

    def __init__(self) -> None:
        super().__init__("This Idempotency-Key was used for another request.")


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a run is to do: the kind, for whom, and with which answers, the sensitive ones sealed."""

    kind: RunKind
    by: "User"
    blueprint: Blueprint
    size: str
    inputs: dict[str, Any]
    networks: list[str] = field(default_factory=list)
    idempotency_key: str = ""


def earlier(*, by: "User", idempotency_key: str) -> Run | None:
    """The run that the same person asked for with the same key, if there is one."""
    if not idempotency_key:
        return None
    found = Run.objects.select_related("environment").filter(requested_by=by, idempotency_key=idempotency_key)
    return found.first()


def queue(environment: Environment, request: Request, *, was: str, now: datetime) -> Run:
    """Insert the run and event 1, dispatch it on commit. Raises IntegrityError where a constraint says no."""
    Environment.objects.filter(pk=environment.pk).update(run_counter=F("run_counter") + 1)
    environment.refresh_from_db(fields=["run_counter"])
    wanted = approval.RequestedChange(size=request.size, answers=request.inputs)
    asked = (wanted, *approval.environment_policy(environment))
    run = Run.objects.create(
        environment=environment,
        number=environment.run_counter,
        kind=request.kind,
        environment_was=was,
        requested_by=request.by,
        idempotency_key=request.idempotency_key,
        inputs=request.inputs,
        size=request.size,
        networks=request.networks,
        blueprint_digest=request.blueprint.digest,
        approval=approval.policy(blueprint=request.blueprint, asked=asked),
        queued_at=now,
    )
    message = _message(environment, request)
    events.append(run, [events.NewEvent(at=now, phase="queue", type="portal", message=message)])
    lifecycle.mark_environment_busy(run)
    acts.dispatch_on_commit(run_id=run.pk, now=now)
    return run


def _message(environment: Environment, request: Request) -> str:
    size = f", size {request.size}" if request.size else ""
    what = f"{request.kind.value} {environment.name} ({request.blueprint.title}{size})"
    return f"{_WORDS[request.kind]} by {request.by.username}: {what} in {environment.account.title}."
