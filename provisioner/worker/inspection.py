"""Finding out what an apply without a verdict left, when it is given to a person."""

import json
from pathlib import Path

from django.utils import timezone

from provisioner.models import Run, StateVersion
from provisioner.runs import event_queries
from provisioner.runs.leftovers import HostFindings, Leftovers, LockOwner, StateLock, StateSummary
from provisioner.scheduling import hosts
from provisioner.terraform import lock
from provisioner.worker import ingestion, preparation, state_lock

ERRORED_STATE = "errored.tfstate"


def inspect(run: Run) -> Leftovers:
    """Look at the events, the recorded state, the state's lock and this host. Asks S3 once.

    Also records the lock's id with the run if the lock is the run's own.
    """
    reading = state_lock.read(run)
    state_lock.record_id(run, reading)
    return _findings(run, reading)


def inspect_again(run: Run) -> Leftovers:
    """The same after a remediation. The recorded id of the run's own lock stays as it is.

    A lock that somebody put in the place of the run's own could have its time, and would be taken for it.
    """
    return _findings(run, state_lock.read(run))


def _findings(run: Run, reading: state_lock.Reading) -> Leftovers:
    return Leftovers(
        at=timezone.now(),
        finished=tuple(event_queries.finished_resources(run)),
        in_flight=tuple(event_queries.unfinished_resources(run)),
        state=_state(run),
        lock=_lock(run, reading),
        lock_error=reading.error,
        host=_host(run),
    )


def unsaved_state(run: Run) -> Path | None:
    """The file with the state that Terraform could not save, in the run's workspace on this host.

    Terraform writes a file of its own. If it could not do that either, it printed the state, which the
    ingestion kept as the emergency state dump.
    """
    directory = preparation.directory_of(run)
    kept = (directory / "module" / ERRORED_STATE, directory / ingestion.EMERGENCY_STATE_FILE)
    return next((path for path in kept if path.exists()), None)


def state_body(path: Path) -> bytes:
    """The state in such a file, as JSON. Raises ValueError if the file does not hold a complete one."""
    if path.name == ERRORED_STATE:
        return path.read_bytes()
    # Each line is one message. A state that was printed over several lines cannot be put together here.
    dumps = [json.loads(line) for line in path.read_text().splitlines() if line.strip()]
    states = [
        dump["state"] for dump in dumps if isinstance(dump, dict) and isinstance(dump.get("state"), dict)
    ]
    if not states:
        raise ValueError("the file has no state")
    return json.dumps(states[-1]).encode()


def _state(run: Run) -> StateSummary | None:
    newest = StateVersion.objects.filter(environment_id=run.environment_id).first()
    if newest is None:
        return None
    return StateSummary(
        serial=newest.serial,
        written_at=newest.written_at,
        resources=len(newest.resources),
        is_by_this_run=newest.run_id == run.pk,
    )


def _lock(run: Run, reading: state_lock.Reading) -> StateLock | None:
    held = reading.held
    if held is None:
        return None
    return StateLock(
        id=held.id,
        who=held.who,
        operation=held.operation,
        created_at=held.created_at,
        owner=_owner(run, held.id),
    )


def _owner(run: Run, lock_id: str) -> LockOwner:
    if not run.state_lock_id or not lock_id:
        return LockOwner.UNKNOWN
    return LockOwner.THIS_RUN if lock_id == run.state_lock_id else LockOwner.ANOTHER


def _host(run: Run) -> HostFindings | None:
    if run.host_id != hosts.host_id():
        return None
    directory = preparation.directory_of(run)
    return HostFindings(lives=lock.is_held(directory), keeps_state=unsaved_state(run) is not None)
