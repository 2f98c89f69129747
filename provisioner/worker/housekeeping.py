"""A pass every ten seconds: lost messages, dead workers, overdue plans, reset simulated accounts.

Each runs worker also has a workspace cleaner for its own host, which a pass on another host cannot see.
"""

import fcntl
import os
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection

from provisioner import accounts
from provisioner.database import clock, outage
from provisioner.models import Run
from provisioner.run_status import FINAL, RunStatus
from provisioner.runs import lifecycle
from provisioner.scheduling import dispatch
from provisioner.stored_text import stored
from provisioner.worker import preparation, recovery

log = structlog.get_logger(__name__)

PERIOD_SECONDS = 10
CLEANING_SECONDS = 60.0
# A pass takes about a second. One that hangs holds the lock that allows only one pass at a time.
LONGEST_PASS_SECONDS = 120
_ADVISORY_LOCK = 0x706F7274  # An arbitrary number, the same in every worker.


@dataclass
class LeaseTrust:
    """Decides whether an expired lease means a dead worker.

    After a gap between passes it does not, until workers have had the time to renew their leases.
    """

    last_pass_at: datetime | None = None
    quiet_until: datetime | None = None

    def trusts_the_clock(self, now: datetime) -> bool:
        lease = timedelta(seconds=settings.LEASE_SECONDS)
        # Passes are a little more than a period apart. With a shorter lease, each would look like a gap.
        absence = max(lease, timedelta(seconds=3 * PERIOD_SECONDS))
        if self.last_pass_at is None or now - self.last_pass_at > absence:
            self.quiet_until = now + lease
        self.last_pass_at = now
        return self.quiet_until is None or now >= self.quiet_until

    def forget(self) -> None:
        """The database was away, so nobody could renew a lease."""
        self.last_pass_at = None


_WATCH = LeaseTrust()


def run_pass(*, now: datetime | None = None, watch: LeaseTrust = _WATCH) -> None:
    """Do one pass, unless another worker is doing one. A part that fails is logged; the others continue.

    `now` is the database's time; it is read if it is not given.
    """
    try:
        _pass(now or clock.now(), watch)
    except outage.ERRORS:
        watch.forget()
        raise


def _pass(now: datetime, watch: LeaseTrust) -> None:
    with _alone() as alone:
        if not alone:
            return
        # Workers cannot renew leases in a database that is read-only.
        outage.demand_writable()
        trust = watch.trusts_the_clock(now)
        _attempt(lambda: expire_plans(now=now))
        _attempt(lambda: recovery.call_hosts(now=now, trust_the_clock=trust))
        _attempt(lambda: recovery.call_for_remediations(now=now))
        if trust:
            _attempt(lambda: recovery.drop_unreachable(now=now))
        _attempt(lambda: dispatch.repeat_lost(now=now))
        _attempt(lambda: accounts.check_generations(now=now))
        _attempt(remove_leftovers)


def expire_plans(*, now: datetime) -> list[UUID]:
    """Expire the runs whose plan nobody approved in time."""
    overdue = Run.objects.filter(status=RunStatus.PLANNED, plan_expires_at__lte=now)
    reason = stored("Nobody approved the plan in time; nothing was changed.")
    to = lifecycle.Move(to=RunStatus.EXPIRED, reason=reason)
    expired = []
    for run_id in overdue.values_list("pk", flat=True):
        try:
            lifecycle.move(run_id=run_id, to=to, now=now, event_phase="approval")
        except lifecycle.CannotMove:
            # A person decided at the same moment.
            continue
        expired.append(run_id)
    return expired


def remove_leftovers() -> None:
    """Remove workspaces on this host whose run is over: their worker died, or something still used them."""
    folder = Path(settings.RUNS_DIR)
    names = [entry.name for entry in folder.iterdir()] if folder.is_dir() else []
    if ids := [name for name in names if _is_id(name)]:
        for run in Run.objects.filter(pk__in=ids, status__in=FINAL):
            preparation.clean_up(run)


def _is_id(name: str) -> bool:
    """The folder may have other entries than workspaces, for example `lost+found` on a disk of its own."""
    try:
        uuid.UUID(name)
    except ValueError:
        return False
    return True


def _attempt(part: Callable[[], object]) -> None:
    try:
        part()
    except outage.ERRORS:
        raise
    except Exception:  # The next pass tries again. The other parts must not wait for this one.
        log.exception("a part of the housekeeping failed")


@contextmanager
def _alone() -> Iterator[bool]:
    if connection.vendor != "postgresql":
        with _file_lock() as alone:
            yield alone
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_ADVISORY_LOCK])
        alone = cursor.fetchone()[0]
        try:
            yield alone
        finally:
            if alone:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_ADVISORY_LOCK])


@contextmanager
def _file_lock() -> Iterator[bool]:
    path = Path(settings.VAR_DIR) / "housekeeping.lock"
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


@contextmanager
def exit_if_stuck(seconds: float = LONGEST_PASS_SECONDS) -> Iterator[None]:
    """Exit this process if the block takes longer. Its supervisor starts it again."""
    timer = threading.Timer(seconds, _end)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _end() -> None:
    log.critical("housekeeping hangs: the control worker exits and is started again")
    os._exit(1)


class HousekeepingThread(threading.Thread):
    """A pass every ten seconds in each control worker, because beat may be dead or Redis empty."""

    def __init__(self) -> None:
        super().__init__(name="housekeeping", daemon=True)
        self._stopped = threading.Event()
        self._watch = LeaseTrust()

    def run(self) -> None:
        while not self._stopped.wait(PERIOD_SECONDS):
            try:
                with exit_if_stuck():
                    run_pass(watch=self._watch)
            except Exception as error:  # Wait for the database.
                log.warning("housekeeping pass failed", error=str(error))
            finally:
                connection.close()

    def stop(self) -> None:
        self._stopped.set()


class WorkspaceCleaner(threading.Thread):
    """Removes leftovers on this host, now and every minute. Not part of the heartbeat: a disk may hang."""

    def __init__(self) -> None:
        super().__init__(name="workspace-cleaner", daemon=True)
        self._stopped = threading.Event()

    def run(self) -> None:
        while True:
            try:
                remove_leftovers()
            except Exception as error:  # Whatever it was, the next minute tries again.
                log.warning("leftovers not removed", error=str(error))
            finally:
                connection.close()
            if self._stopped.wait(CLEANING_SECONDS):
                return

    def stop(self) -> None:
        self._stopped.set()
