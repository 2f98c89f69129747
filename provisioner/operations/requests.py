"""A new run of an environment, and the question whether a request is the repetition of an earlier one."""

import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import F
from django.utils.translation import gettext as _

from provisioner import encryption
from provisioner.blueprints import Blueprint
from provisioner.models import Environment, Run
from provisioner.operations import acts
from provisioner.permissions import Person
from provisioner.run_status import RunKind
from provisioner.runs import approval, events, lifecycle

_WORDS = {
    RunKind.CREATE: "Ordered",
    RunKind.UPDATE: "Change requested",
    RunKind.DESTROY: "Destruction requested",
}
# Part of the key that makes fingerprints: with another purpose no earlier request is recognized.
_PURPOSE = b"provisioner.operations: request fingerprints, 1"


class KeyUsedOtherwise(Exception):
    """The idempotency key belongs to an earlier and different request of this person."""

    def __init__(self) -> None:
        super().__init__(_("This Idempotency-Key was used for another request. Use a new key."))


@dataclass(frozen=True, kw_only=True)
class NewRun:
    """What a run is to do: kind, requester and answers, the sensitive ones encrypted.

    `content` is the raw request, for the fingerprint beside the idempotency key.
    """

    kind: RunKind
    by: Person
    blueprint: Blueprint
    size: str
    inputs: dict[str, object]
    networks: list[str] = field(default_factory=list)
    key: str = ""
    content: Mapping[str, object] = field(default_factory=dict)


def earlier(
    *, by: Person, key: str, content: Mapping[str, object], looks_alike: Callable[[Run], bool]
) -> Run | None:
    """The run that the same person requested with the same key and the same content; None without one.

    `looks_alike` decides for runs of earlier versions, which have no fingerprint. Raises KeyUsedOtherwise if
    the key belongs to another request.
    """
    if not key:
        return None
    runs = Run.objects.select_related("environment")
    run = runs.filter(requested_by_id=by.pk, idempotency_key=key).first()
    if run is None:
        return None
    stored = run.request_fingerprint
    is_same = looks_alike(run) if stored is None else _matches(bytes(stored), content)
    if not is_same:
        raise KeyUsedOtherwise
    return run


def queue(environment: Environment, request: NewRun, *, was: str, now: datetime) -> Run:
    """Insert the run and event 1, and dispatch it on commit. Raises IntegrityError on a constraint."""
    Environment.objects.filter(pk=environment.pk).update(run_counter=F("run_counter") + 1)
    environment.refresh_from_db(fields=["run_counter"])
    wanted = approval.RequestedChange(size=request.size, answers=request.inputs)
    asked = (wanted, *approval.environment_policy(environment))
    run = Run.objects.create(
        environment=environment,
        number=environment.run_counter,
        kind=request.kind,
        environment_was=was,
        requested_by_id=request.by.pk,
        idempotency_key=request.key,
        request_fingerprint=_fingerprints(request.content)[0] if request.key else None,
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


def _matches(stored: bytes, content: Mapping[str, object]) -> bool:
    return any(hmac.compare_digest(stored, each) for each in _fingerprints(content))


def _fingerprints(content: Mapping[str, object]) -> list[bytes]:
    """HMAC-SHA256 of the content's canonical JSON, by SECRET_KEY and each of its fallbacks, newest first.

    Keyed, because the content has secrets that could be guessed from a plain hash.
    """
    text = json.dumps(content, ensure_ascii=True, sort_keys=True, separators=(",", ":"), default=str)
    return [hmac.digest(key, text.encode(), "sha256") for key in encryption.derived_keys(_PURPOSE)]


def _message(environment: Environment, request: NewRun) -> str:
    size = f", size {request.size}" if request.size else ""
    what = f"{request.kind.value} {environment.name} ({request.blueprint.title}{size})"
    return f"{_WORDS[request.kind]} by {request.by.username}: {what} in {environment.account.title}."
