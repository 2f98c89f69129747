"""Environments and runs in any status, created through the engine."""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from provisioner.models import CloudAccount, Environment, Run, Team
from provisioner.run_status import EnvironmentStatus, RunKind, RunStatus
from provisioner.runs import events, lifecycle
from provisioner.stored_text import verbatim

PATH = {
    RunStatus.QUEUED: [],
    RunStatus.PLANNING: [RunStatus.PLANNING],
    RunStatus.PLANNED: [RunStatus.PLANNING, RunStatus.PLANNED],
    RunStatus.APPLYING: [RunStatus.PLANNING, RunStatus.PLANNED, RunStatus.APPROVED, RunStatus.APPLYING],
    RunStatus.APPLIED: [
        RunStatus.PLANNING,
        RunStatus.PLANNED,
        RunStatus.APPROVED,
        RunStatus.APPLYING,
        RunStatus.APPLIED,
    ],
    RunStatus.FAILED: [RunStatus.PLANNING, RunStatus.FAILED],
    RunStatus.NEEDS_ATTENTION: [RunStatus.PLANNING, RunStatus.NEEDS_ATTENTION],
}


def environment(
    *, owner: Any, team: Team, account: CloudAccount, name: str = "web-1", **columns: Any
) -> Environment:
    """An environment of the blueprint `boxes` without a run, by default ready."""
    values = {
        "blueprint": "boxes",
        "size": "small",
        "inputs": {"label": "hello", "password": "sesame-sesame"},
        "outputs": {"boxes": "red hello"},
        "status": EnvironmentStatus.READY,
        "created_at": timezone.now(),
    } | columns
    return Environment.objects.create(name=name, team=team, account=account, owner=owner, **values)


def run(
    of: Environment, *, by: Any = None, kind: str = RunKind.UPDATE, status: str = RunStatus.QUEUED
) -> Run:
    """A new run of the environment, moved to `status` step by step."""
    now = timezone.now()
    of.run_counter += 1
    of.save(update_fields=["run_counter"])
    made = Run.objects.create(
        environment=of,
        number=of.run_counter,
        kind=kind,
        environment_was=of.status,
        requested_by=by or of.owner,
        inputs=of.inputs,
        size=of.size,
        queued_at=now,
    )
    say(made, "Ordered.")
    for step in PATH[RunStatus(status)]:
        move(made, step)
    made.refresh_from_db()
    return made


def move(of: Run, to: RunStatus) -> None:
    """Move the run to its next status, with the columns that the database requires for it."""
    now = timezone.now()
    columns: dict[str, dict[str, Any]] = {
        RunStatus.PLANNING: lease(now),
        RunStatus.PLANNED: {"plan_sha256": "a" * 64, "planned_at": now, "lease_expires_at": None},
        RunStatus.APPLYING: {"plan_consumed_at": now} | lease(now),
    }
    step = lifecycle.Move(to=to, reason=verbatim(""), columns=columns.get(to))
    lifecycle.move(run_id=of.pk, to=step, now=now)


def lease(now: datetime, *, for_seconds: float = 30) -> dict[str, Any]:
    return {"lease_owner": "worker@here", "lease_expires_at": now + timedelta(seconds=for_seconds)}


def say(of: Run, *messages: str) -> None:
    """Append an event for each message."""
    reported = [
        events.NewEvent(at=timezone.now(), phase="apply", type="text", message=message)
        for message in messages
    ]
    with transaction.atomic():
        events.append(lifecycle.lock_run(of.pk), reported)
