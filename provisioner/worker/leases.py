"""Which process holds a run, and whether it can still be alive.

An owner is `host:boot:pid-namespace:pid:start-ticks`. In its own pid namespace on its own host, its death is
certain, and the run is taken over within seconds. From anywhere else only the lease's expiry can tell.
"""

import os
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from provisioner.database import clock
from provisioner.models import Run
from provisioner.run_status import HELD_BY_A_WORKER
from provisioner.runs import lifecycle
from provisioner.scheduling import hosts
from provisioner.terraform import shepherd


def own_name() -> str:
    """This process, as an owner."""
    pid = os.getpid()
    return f"{hosts.host_id()}:{hosts.boot_id()}:{_namespace()}:{pid}:{shepherd.start_ticks(pid)}"


def until(now: datetime) -> datetime:
    """When a lease that is taken now expires."""
    return now + timedelta(seconds=settings.LEASE_SECONDS)


def renewed() -> object:
    """The same for an UPDATE, by the database's clock when the statement runs."""
    return clock.in_seconds(settings.LEASE_SECONDS)


def renew(run: Run) -> None:
    """Take a full lease before something slow, for example a request to the cloud. Raises LeaseLost."""
    own = Run.objects.filter(pk=run.pk, fence=run.fence, status__in=HELD_BY_A_WORKER)
    if not own.update(lease_expires_at=renewed()):
        raise lifecycle.LeaseLost(f"{run} is no longer held by this worker")


def is_free(run: Run, *, now: datetime) -> bool:
    """Whether another worker may take over the run: its lease has expired, or its owner is certainly dead."""
    return run.lease_expires_at is None or run.lease_expires_at <= now or is_dead(run.lease_owner)


def is_dead(owner: str) -> bool:
    """Whether the owner is certainly gone. False if that cannot be known from here."""
    parts = owner.split(":")
    if len(parts) != 5 or parts[0] != hosts.host_id():
        return False
    _, boot, namespace, pid, ticks = parts
    if boot != hosts.boot_id():
        return True
    return namespace == _namespace() and not _lives(int(pid), int(ticks))


def _lives(pid: int, ticks: int) -> bool:
    try:
        # A zombie still has its entry, but no command line.
        return shepherd.start_ticks(pid) == ticks and Path(f"/proc/{pid}/cmdline").read_bytes() != b""
    except (FileNotFoundError, ProcessLookupError):
        return False


def _namespace() -> str:
    return os.readlink("/proc/self/ns/pid").strip("pid:[]")  # noqa: PTH115 - the target is no path
