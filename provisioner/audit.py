"""The audit trail: who did what, on what, when, from where, with what result. Append-only and hash-chained.

Call `record` in the transaction of the action itself: no entry, no action.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from provisioner.models import AuditEntry, AuditHead, Environment, Run


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Who acts, and from where. `name` is the user name, or `portal` for the portal itself."""

    name: str
    role: str = ""
    ip: str = ""
    user_agent: str = ""
    request_id: str = ""


PORTAL = Actor(name="portal", role="system")
_CURRENT: ContextVar[Actor | Callable[[], Actor]] = ContextVar("actor", default=PORTAL)


@contextmanager
def acting(actor: Actor | Callable[[], Actor]) -> Iterator[None]:
    """Everything recorded inside is done by the actor. Set by each interface: request, command, task.

    A request passes a function: the actor is known only after the session or the token was read.
    """
    token = _CURRENT.set(actor)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def current_actor() -> Actor:
    """The actor of the innermost `acting`; outside of any, the portal itself."""
    actor = _CURRENT.get()
    return actor if isinstance(actor, Actor) else actor()


@dataclass(frozen=True, kw_only=True)
class Subject:
    """The object of an action."""

    type: str = ""
    id: str = ""
    name: str = ""
    team: str = ""
    run_id: str = ""


def environment_subject(of: Environment, *, run: Run | None = None) -> Subject:
    """The environment as a subject, with the run that the action belongs to."""
    return Subject(
        type="environment",
        id=str(of.pk),
        name=of.name,
        team=of.team.slug,
        run_id=str(run.pk) if run else "",
    )


def record(
    action: str,
    *,
    subject: Subject = Subject(),
    result: str = AuditEntry.Result.ALLOWED,
    details: Mapping[str, object] | None = None,
    actor: Actor | None = None,
    at: datetime | None = None,
) -> AuditEntry:
    """Append one entry, in the caller's transaction or one of its own. Details must not have secrets."""
    actor = actor or current_actor()
    with transaction.atomic():
        head = AuditHead.objects.select_for_update().get(pk=1)
        entry = AuditEntry(
            seq=head.seq + 1,
            at=at or timezone.now(),
            actor=actor.name[:150],
            role=actor.role,
            action=action,
            object_type=subject.type,
            object_id=subject.id,
            object_name=subject.name[:150],
            team=subject.team,
            run_id=subject.run_id,
            result=result,
            ip=actor.ip,
            user_agent=actor.user_agent[:200],
            request_id=actor.request_id,
            details=details or {},
            previous_hash=head.hash,
        )
        entry.hash = hash_of(entry)
        entry.save(force_insert=True)
        AuditHead.objects.filter(pk=1).update(seq=entry.seq, hash=entry.hash)
    return entry


def wire(entry: AuditEntry) -> dict[str, object]:
    """The entry as it is exported: every field by name, with both hashes."""
    fields = {field.attname: getattr(entry, field.attname) for field in AuditEntry._meta.concrete_fields}
    return fields | {"at": entry.at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")}


def hash_of(entry: AuditEntry) -> str:
    """SHA-256 of the entry's canonical JSON without its own hash, in hex. `previous_hash` is part of it."""
    content = {name: value for name, value in wire(entry).items() if name != "hash"}
    return hashlib.sha256(canonical_json(content).encode()).hexdigest()


def canonical_json(value: object) -> str:
    """JSON with sorted keys and no spaces: the form that the hash covers and that exports write."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The result of a verification: how many entries are valid, and the first that is not."""

    entries: int
    broken_at: int | None = None
    reason: str = ""
    head_hash: str = field(default="0" * 64)

    @property
    def is_intact(self) -> bool:
        return self.broken_at is None


def verify() -> Verdict:
    """Verify the whole chain: numbers without gaps, hashes, links, and the head at the end."""
    head = AuditHead.objects.get(pk=1)
    previous, seq = "0" * 64, 0
    for entry in AuditEntry.objects.order_by("seq").iterator(chunk_size=2000):
        if reason := _find_flaw(entry, expected_seq=seq + 1, previous=previous):
            return Verdict(entries=seq, broken_at=seq + 1, reason=reason, head_hash=head.hash)
        previous, seq = entry.hash, entry.seq
    if seq < head.seq or (seq == head.seq and previous != head.hash):
        reason = f"the last entry, {head.seq}, is missing or was modified"
        return Verdict(entries=seq, broken_at=seq + 1, reason=reason, head_hash=head.hash)
    return Verdict(entries=seq, head_hash=previous)


def _find_flaw(entry: AuditEntry, *, expected_seq: int, previous: str) -> str:
    if entry.seq != expected_seq:
        return f"entry {expected_seq} is missing"
    if entry.previous_hash != previous:
        return f"entry {entry.seq} does not continue the one before it"
    if hash_of(entry) != entry.hash:
        return f"entry {entry.seq} was modified"
    return ""
