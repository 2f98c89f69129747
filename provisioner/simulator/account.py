"""The account's identity and its life on disk: restored at start, kept while it changes.

An account is one *generation* from the moment it began with nothing. A restart continues the generation; an
account that had to begin anew is a new one, and whoever remembers the old one can tell.

A kill takes nothing that was answered: a request that changes the account is answered after the snapshot
that holds the change. One snapshot costs 40 ms of processor time (75 ms with a hundred environments) and
serves all requests that wait for it, so an apply with 15 changes in a row becomes 1 s longer at most.
Replaying a log of requests instead would save the wait, but moto invents ids at random, and the same
request would make another VPC. A snapshot in a forked child would spare the other requests the 40 ms, at
the price of forking a process with threads.

With `snapshot_seconds` above 0 only writes to S3 wait: state files and their locks, and with them all
that happened before. The rest is kept within so many seconds, for a little less work.
"""

import logging
import sys
import threading
import time
import uuid
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from provisioner.simulator import account_pickle, snapshot_file
from provisioner.simulator.gate import Gate, StillBusy

log = logging.getLogger(__name__)

# A request that hangs in moto for longer than this delays a snapshot, never the other requests.
DRAIN_LIMIT_SECONDS = 2.0
# How long an answer may wait for the disk before it becomes an error.
KEEP_LIMIT_SECONDS = 15.0
RECURSION_LIMIT = 100_000
STACK_BYTES = 256 * 1024 * 1024  # address space, not memory


class NotKept(Exception):
    """The change could not be written to disk in time."""


@dataclass(kw_only=True)
class Identity:
    """What `GET /_lab/account` answers. Times are ISO 8601, UTC."""

    generation: str
    began_at: str
    started_at: str
    restored: bool = False
    restored_from: str | None = None
    set_aside: str | None = None
    revision: int = 0


def open_account(directory: Path) -> Identity:
    """Restore the newest readable snapshot in `directory`; begin a new account if there is none.

    A snapshot that cannot be read is renamed and named in the answer, never overwritten.
    """
    now = datetime.now(UTC).isoformat()
    identity = Identity(generation=str(uuid.uuid4()), began_at=now, started_at=now)
    for name in (snapshot_file.NEWEST, snapshot_file.PREVIOUS):
        path = directory / name
        try:
            header, data = snapshot_file.read(path)
            account_pickle.restore(data)
        except FileNotFoundError:
            continue
        except (snapshot_file.CannotRead, account_pickle.CannotRestore) as reason:
            identity.set_aside = snapshot_file.set_aside(path)
            log.error("%s; it is now %s", reason, identity.set_aside)
            continue
        identity.generation, identity.began_at = header.generation, header.began_at
        identity.restored, identity.restored_from = True, header.written_at
        identity.revision = header.revision
        break
    return identity


class Keeper:
    """Writes the account to disk soon after it changed, and at once when somebody waits for it."""

    def __init__(self, *, identity: Identity, directory: Path, gate: Gate, snapshot_seconds: float) -> None:
        self._identity = identity
        self._directory = directory
        self._gate = gate
        self._snapshot_seconds = snapshot_seconds  # 0: somebody waits for every change
        self._news = threading.Condition()
        self._changes = 0  # how often the account changed since the start
        self._kept = 0  # how many of these are on disk
        self._first_change_at = 0.0  # monotonic; of the changes that are not on disk
        self._waiting = 0  # answers held back until their change is on disk
        self._pause_seconds = snapshot_seconds  # from a change to its snapshot
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)

    def start(self) -> None:
        # Pickling goes as deep as the account's longest chain of references.
        sys.setrecursionlimit(RECURSION_LIMIT)
        threading.stack_size(STACK_BYTES)
        self._thread.start()
        threading.stack_size(0)

    def identity(self) -> dict[str, object]:
        return asdict(self._identity)

    def begin_anew(self) -> None:
        """The account was emptied: from now on it is another one."""
        now = datetime.now(UTC).isoformat()
        self._identity = Identity(generation=str(uuid.uuid4()), began_at=now, started_at=now)

    def changed(self) -> int:
        """Note a change, still inside the gate. Returns its number, for `wait_until_kept`."""
        with self._news:
            if self._changes == self._kept:
                self._first_change_at = time.monotonic()
            self._changes += 1
            self._news.notify_all()
            return self._changes

    def wait_until_kept(self, change: int) -> None:
        """Return once that change, and so all before it, is on disk. Call it outside the gate.

        Raises NotKept if the disk did not take it within 15 s.
        """
        with self._news:
            self._waiting += 1
            self._news.notify_all()
            try:
                kept = self._news.wait_for(lambda: self._kept >= change, timeout=KEEP_LIMIT_SECONDS)
            finally:
                self._waiting -= 1
        if not kept:
            raise NotKept("the change is made, but not on disk")

    def close(self) -> None:
        """Write what is not on disk yet and stop."""
        with self._news:
            self._closing = True
            self._news.notify_all()
        self._thread.join()

    def _run(self) -> None:
        while self._wait_for_work():
            try:
                self._keep()
            except (OSError, StillBusy) as reason:
                log.error("no snapshot, again in 1 s: %s", reason)
                stop = self._pause_or_closing()
            except Exception:
                # moto may hold what cannot be pickled now; a keeper that dies would lose all that follows.
                log.exception("no snapshot, again in 1 s")
                stop = self._pause_or_closing()
            else:
                stop = False
            if stop:
                return

    def _wait_for_work(self) -> bool:
        """True when a snapshot is due, False when all is on disk and the account closes."""
        with self._news:
            while True:
                if self._changes > self._kept:
                    due_in = self._first_change_at + self._pause_seconds - time.monotonic()
                    if self._waiting or self._closing or due_in <= 0:
                        return True
                    self._news.wait(due_in)
                elif self._closing:
                    return False
                else:
                    self._news.wait()

    def _pause_or_closing(self) -> bool:
        with self._news:
            return self._closing or self._news.wait_for(lambda: self._closing, timeout=1.0)

    def _keep(self) -> None:
        with self._gate.alone(limit_seconds=DRAIN_LIMIT_SECONDS):
            with self._news:
                change = self._changes
            started_at = time.monotonic()
            data = account_pickle.dump()
            # With hundreds of environments a snapshot takes long: then it comes less often, a tenth at most.
            self._pause_seconds = max(self._snapshot_seconds, 9 * (time.monotonic() - started_at))
        revision = self._identity.revision + 1
        snapshot_file.write(
            data,
            directory=self._directory,
            generation=self._identity.generation,
            revision=revision,
            began_at=self._identity.began_at,
        )
        with self._news:
            self._identity.revision = revision
            self._kept = change
            self._first_change_at = time.monotonic()
            self._news.notify_all()
