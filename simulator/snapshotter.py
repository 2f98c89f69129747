"""The account's life on disk: kept while it changes.

A kill takes nothing that was answered: a request that changes the account is answered after the snapshot
that holds the change. One snapshot costs 6 ms, with a three-tier environment in the account 16 ms, and
serves all requests that wait for it, so an apply with 15 changes in a row becomes a quarter of a second
longer. Replaying a log of requests instead would save the wait, but moto invents ids at random, and the same
request would make another VPC. A snapshot in a forked child would spare the other requests the wait, at
the price of forking a process with threads.

A snapshot that fails, whether moto holds what cannot be pickled or the disk is full, does not stop the
account: from then on it answers without waiting, says so (`snapshot_error`), and tries again by itself.

With `snapshot_seconds` above 0 only writes to S3 wait: state files and their locks, and with them all
that happened before. The rest is kept within so many seconds, for a little less work.
"""

import logging
import sys
import threading
import time
import uuid
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from simulator import account_pickle, snapshot_file
from simulator.account import Identity
from simulator.gate import Gate, StillBusy

log = logging.getLogger(__name__)

# A request that hangs in moto for longer than this delays a snapshot, never the other requests.
DRAIN_LIMIT_SECONDS = 2.0
# How long an answer may wait for the disk before it goes without.
KEEP_LIMIT_SECONDS = 15.0
RETRY_SECONDS = 1.0
# Of the time in which nothing but snapshots happens: it is a tenth at most.
PAUSE_FOR_EACH_SECOND = 9
RECURSION_LIMIT = 100_000
STACK_BYTES = 256 * 1024 * 1024  # address space, not memory


class Snapshotter:
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
        self._failure: str | None = None  # why the last snapshot failed, until one succeeds
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)

    def start(self) -> None:
        # Pickling goes as deep as the account's longest chain of references.
        sys.setrecursionlimit(RECURSION_LIMIT)
        threading.stack_size(STACK_BYTES)
        self._thread.start()
        threading.stack_size(0)

    def identity(self) -> dict[str, object]:
        """The account's identity, and why it is not being kept (`snapshot_error`; None: it is)."""
        return {**asdict(self._identity), "snapshot_error": self._failure}

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

        Returns without it while snapshots fail, and after 15 s: the change is made, and a client that got an
        error would make it once more.
        """
        with self._news:
            self._waiting += 1
            self._news.notify_all()
            try:
                in_time = self._news.wait_for(
                    lambda: self._kept >= change or self._failure is not None, timeout=KEEP_LIMIT_SECONDS
                )
            finally:
                self._waiting -= 1
            if not in_time:
                self._fail(f"no snapshot within {KEEP_LIMIT_SECONDS:.0f} s")

    def close(self) -> None:
        """Write what is not on disk yet and stop."""
        with self._news:
            self._closing = True
            self._news.notify_all()
        self._thread.join()

    def _run(self) -> None:
        while self._wait_for_work():
            last, started_at = self._closing, time.monotonic()
            try:
                self._keep()
            except StillBusy as reason:
                # It may end at any moment; answers that wait for the disk go on waiting.
                log.warning("no snapshot, again soon: %s", reason)
            except Exception as reason:
                # Whatever it is: a keeper that dies would lose all that follows.
                with self._news:
                    self._fail(f"{type(reason).__name__}: {reason}", traceback_of=reason)
            else:
                continue
            if last:
                return
            self._pause(time.monotonic() - started_at)

    def _fail(self, why: str, *, traceback_of: Exception | None = None) -> None:
        # Told once, not with every attempt; who holds `_news` calls it.
        if self._failure is None:
            log.error("the account is not being kept: %s", why, exc_info=traceback_of)
        self._failure = why
        self._news.notify_all()

    def _wait_for_work(self) -> bool:
        """True when a snapshot is due, False when all is on disk and the account closes."""
        with self._news:
            while True:
                if self._changes > self._kept:
                    due_in = self._first_change_at + self._pause_seconds - time.monotonic()
                    if self._waiting or self._closing or self._failure is not None or due_in <= 0:
                        return True
                    self._news.wait(due_in)
                elif self._closing:
                    return False
                else:
                    self._news.wait()

    def _pause(self, attempt_seconds: float) -> None:
        with self._news:
            seconds = RETRY_SECONDS
            if self._failure is not None:  # then nobody waits for the next attempt
                seconds = max(seconds, PAUSE_FOR_EACH_SECOND * attempt_seconds)
            self._news.wait_for(lambda: self._closing, timeout=seconds)

    def _keep(self) -> None:
        with self._gate.alone(limit_seconds=DRAIN_LIMIT_SECONDS):
            with self._news:
                change = self._changes
            started_at = time.monotonic()
            data = account_pickle.dump()
            # With hundreds of environments a snapshot takes long: then it comes less often.
            self._pause_seconds = max(
                self._snapshot_seconds, PAUSE_FOR_EACH_SECOND * (time.monotonic() - started_at)
            )
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
            if self._failure is not None:
                log.warning("the account is being kept again")
                self._failure = None
            self._first_change_at = time.monotonic()
            self._news.notify_all()
