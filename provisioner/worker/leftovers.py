"""What an apply without a verdict has left, found out when it is given to a person."""

import json
from pathlib import Path
from typing import Any

from django.utils import timezone

from provisioner import accounts
from provisioner.cloud import credentials, state_storage
from provisioner.models import Run, StateVersion
from provisioner.runs import event_queries
from provisioner.scheduling import hosts
from provisioner.terraform import lock
from provisioner.worker import ingestion, preparation

ERRORED_STATE = "errored.tfstate"


def find_leftovers(run: Run) -> dict[str, Any]:
    """As JSON: `at`; addresses that are `finished` and `in_flight`; `state`, `lock` and `host` of the run.

    `state` (null: none is noted) has serial, written_at, resources, is_by_this_run. `lock` is null where the
    state is free, or has id, who, operation, created_at, owner ("this run", "another", "unknown"), or error.
    `host` is null where the workspace lies elsewhere, or has lives (of anything of the run) and keeps_state.
    """
    return {
        "at": timezone.now().isoformat(),
        "finished": event_queries.finished_resources(run),
        "in_flight": event_queries.unfinished_resources(run),
        "state": _state(run),
        "lock": _lock(run),
        "host": _host(run),
    }


def unsaved_state(run: Run) -> Path | None:
    """The state that Terraform could not save, in the run's workspace on this host.

    A file of its own, or where it could not write one, the emergency state dump that it printed instead.
    """
    directory = preparation.directory_of(run)
    kept = (directory / "module" / ERRORED_STATE, directory / ingestion.EMERGENCY_STATE_FILE)
    return next((path for path in kept if path.exists()), None)


def state_body(path: Path) -> bytes:
    """The state itself in such a file. Raises ValueError where none is to be found in it."""
    if path.name == ERRORED_STATE:
        return path.read_bytes()
    # Each line is a message; one that was printed over several lines cannot be put together here.
    dumps = [json.loads(line) for line in path.read_text().splitlines() if line.strip()]
    states = [
        dump["state"] for dump in dumps if isinstance(dump, dict) and isinstance(dump.get("state"), dict)
    ]
    if not states:
        raise ValueError("no state is in it")
    return json.dumps(states[-1]).encode()


def _state(run: Run) -> dict[str, Any] | None:
    newest = StateVersion.objects.filter(environment_id=run.environment_id).first()
    if newest is None:
        return None
    return {
        "serial": newest.serial,
        "written_at": newest.written_at.isoformat(),
        "resources": len(newest.resources),
        "is_by_this_run": newest.run_id == run.pk,
    }


def _lock(run: Run) -> dict[str, Any] | None:
    account = accounts.to_cloud(run.environment.account)
    try:
        held = state_storage.read_lock(
            account,
            environment_id=run.environment_id,
            timeout_seconds=state_storage.SHORT_TIMEOUT_SECONDS,
        )
    except (credentials.CloudUnavailable, credentials.CredentialsRefused) as error:
        return {"error": str(error)}
    if held is None:
        return None
    return {
        "id": held.id,
        "who": held.who,
        "operation": held.operation,
        "created_at": held.created_at.isoformat() if held.created_at else None,
        "owner": _owner(run, held),
    }


def _owner(run: Run, held: state_storage.Lock) -> str:
    if not run.state_lock_id or not held.id:
        return "unknown"
    return "this run" if held.id == run.state_lock_id else "another"


def _host(run: Run) -> dict[str, Any] | None:
    if run.host_id != hosts.host_id():
        return None
    directory = preparation.directory_of(run)
    return {"lives": lock.is_held(directory), "keeps_state": unsaved_state(run) is not None}
