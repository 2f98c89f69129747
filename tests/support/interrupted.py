"""What an interrupted apply leaves, and checks of it: the lock, the states, the result of a remediation."""

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
from tests.support.engine import PlaceOrder, brought_to, carried
from tests.support.state_locks import bucket, put_lock


# By another name than the one that tests ask for: theirs would hide the import.
@pytest.fixture(name="left")
def left_run(place_order: PlaceOrder, account: CloudAccount, cloud: None) -> Iterator[Run]:
    """A run that a person has to look at: its own lock is left, a state is kept, nothing of it lives."""
    run = brought_to(place_order(), RunStatus.APPLYING)
    yield leave(run, account)
    preparation.clean_up(run)


def leave(run: Run, account: CloudAccount) -> Run:
    """Of an applying run its lock and a state that it could not save; the run, which waits for a person."""
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
    """The run's host has been silent for so long that nobody waits for it any more."""
    silent = timezone.now() - timedelta(seconds=hosts.GONE_SECONDS + 60)
    WorkerHost.objects.create(host_id=run.host_id, boot_id="1", slots=2, last_seen_at=silent)


def lock_id(run: Run) -> str:
    account = accounts.to_cloud(run.environment.account)
    held = state_storage.read_lock(account, environment_id=run.environment_id)
    return held.id if held else ""


def remediated(run: Run, remediation: Remediation, by: Any) -> str:
    """Ask for it and let the worker's own code do it; gives the last event."""
    operations.remediate(run_id=run.pk, remediation=remediation, by=by, name="web-1", now=timezone.now())
    carried(run)
    return RunEvent.objects.filter(run=run).order_by("-seq").values_list("message", flat=True)[0]


def outcomes(run: Run) -> list[str]:
    entries = AuditEntry.objects.filter(run_id=str(run.pk), action__contains="run.")
    return [entry.action for entry in entries.order_by("seq") if entry.action.count(".") == 2]
