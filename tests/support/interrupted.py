"""Leftovers of an interrupted apply, and checks of them: lock, states, results of a remediation."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from provisioner import accounts, operations
from provisioner.cloud import state_storage
from provisioner.models import AuditEntry, CloudAccount, Run, RunEvent, WorkerHost
from provisioner.run_status import Remediation, RunStatus
from provisioner.runs import lifecycle
from provisioner.scheduling import hosts
from provisioner.worker import inspection, preparation
from tests.support.engine import PlaceOrder, brought_to, executed
from tests.support.state_locks import bucket, put_lock


# The function has another name than the fixture: arguments of tests would hide the import.
@pytest.fixture(name="left")
def left_run(place_order: PlaceOrder, account: CloudAccount, cloud: None) -> Iterator[Run]:
    """A run that needs attention: its lock is left, an unsaved state is kept, and no process is alive."""
    run = brought_to(place_order(), RunStatus.APPLYING)
    yield leave(run, account)
    preparation.clean_up(run)


def leave(run: Run, account: CloudAccount) -> Run:
    """Make an applying run leave its lock and an unsaved state. Returns the run, which needs attention."""
    state_storage.ensure_bucket(accounts.to_cloud(account))
    module = preparation.directory_of(run) / "module"
    module.mkdir(parents=True)
    (module / inspection.ERRORED_STATE).write_bytes(state(serial=5))
    put_lock(run, taken_seconds_ago=8)
    Run.objects.filter(pk=run.pk).update(host_id=hosts.host_id(), state_lock_id="a-lock")
    run.refresh_from_db()
    to = lifecycle.Move(
        to=RunStatus.NEEDS_ATTENTION, columns={"leftovers": inspection.inspect(run).as_json()}
    )
    return lifecycle.move(run_id=run.pk, to=to, now=timezone.now())


def state(*, serial: int, lineage: str = "a-lineage") -> bytes:
    content = {"version": 4, "terraform_version": "1.11.4", "serial": serial, "lineage": lineage}
    return json.dumps(content | {"outputs": {}, "resources": []}).encode()


def store(run: Run, body: bytes) -> None:
    account = accounts.to_cloud(run.environment.account)
    key = state_storage.backend_settings(account, environment_id=run.environment_id)["key"]
    bucket(account).put_object(Key=key, Body=body)


def stored_serial(run: Run) -> int | None:
    account = accounts.to_cloud(run.environment.account)
    try:
        return state_storage.read_state(account, environment_id=run.environment_id).serial
    except state_storage.NoState:
        return None


def lose_its_host(run: Run) -> None:
    """The run's host has been silent for so long that it counts as dead."""
    silent = timezone.now() - timedelta(seconds=hosts.GONE_SECONDS + 60)
    WorkerHost.objects.create(host_id=run.host_id, boot_id="1", slots=2, last_seen_at=silent)


def lock_id(run: Run) -> str:
    account = accounts.to_cloud(run.environment.account)
    held = state_storage.read_lock(account, environment_id=run.environment_id)
    return held.id if held else ""


def remediated(run: Run, remediation: Remediation, by: Any) -> str:
    """Request the remediation and let the worker's code do it. Returns the message of the last event."""
    operations.remediate(run_id=run.pk, remediation=remediation, by=by, name="web-1", now=timezone.now())
    executed(run)
    return RunEvent.objects.filter(run=run).order_by("-seq").values_list("message", flat=True)[0]


def outcomes(run: Run) -> list[str]:
    entries = AuditEntry.objects.filter(run_id=str(run.pk), action__contains="run.")
    return [entry.action for entry in entries.order_by("seq") if entry.action.count(".") == 2]
