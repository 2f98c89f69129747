"""Saves the account to disk while it changes.

A crash loses no change that was answered: a request that changes the account gets its response after the
snapshot that holds the change. One snapshot takes 6 ms, or 16 ms with a three-tier environment in the
account, and serves all requests that wait for it. An apply with 15 changes in a row takes a quarter of a
second longer. Two alternatives were rejected. Replaying a log of requests would avoid the wait, but moto
generates random ids, so the same request would create a VPC with another id. Writing the snapshot in a
forked child would let the other requests continue, but would fork a process with threads.

A snapshot fails if moto holds an object that cannot be pickled, or if the disk is full. The account keeps
running: it answers without waiting, reports the failure (`snapshot_error`) and tries again.

With `snapshot_seconds` above 0, only writes to S3 wait: state files and their locks, and with them all
earlier changes. Other changes are saved within that many seconds, which costs a little less work.
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
from simulator.request_lock import RequestLock, RequestsInFlight

log = logging.getLogger(__name__)

# A request that hangs in moto for longer than this delays a snapshot, but not the other requests.
DRAIN_LIMIT_SECONDS = 2.0
# A response does not wait longer than this for its snapshot.
SAVE_LIMIT_SECONDS = 15.0
RETRY_SECONDS = 1.0
# Seconds without a snapshot for each second of a snapshot: snapshots take at most a tenth of the time.
PAUSE_FOR_EACH_SECOND = 9
RECURSION_LIMIT = 100_000
STACK_BYTES = 256 * 1024 * 1024  # address space, not memory


class Snapshotter:
    """Writes the account to disk soon after a change, and at once when a response waits for it."""

    def __init__(
        self, *, identity: Identity, directory: Path, request_lock: RequestLock, snapshot_seconds: float
    ) -> None:
        self._identity = identity
        self._directory = directory
        self._request_lock = request_lock
        self._snapshot_seconds = snapshot_seconds  # 0: a response waits for every change
        self._condition = threading.Condition()
        self._changes = 0  # number of changes since the start
        self._saved = 0  # how many of these are on disk
        self._first_change_at = 0.0  # monotonic; the oldest change that is not on disk
        self._waiting = 0  # responses that wait until their change is on disk
        self._pause_seconds = snapshot_seconds  # from a change to its snapshot
        self._closing = False
        self._failure: str | None = None  # why the last snapshot failed, until one succeeds
        self._thread = threading.Thread(target=self._run, name="snapshotter", daemon=True)

    def start(self) -> None:
        # Pickling recurses as deep as the account's longest chain of references.
        sys.setrecursionlimit(RECURSION_LIMIT)
        threading.stack_size(STACK_BYTES)
        self._thread.start()
        threading.stack_size(0)

    def identity(self) -> dict[str, object]:
        """The account's identity, and why snapshots fail (`snapshot_error`; None: they succeed)."""
        return {**asdict(self._identity), "snapshot_error": self._failure}

    def start_new_generation(self) -> None:
        """Give the account a new identity, because somebody emptied it."""
        now = datetime.now(UTC).isoformat()
        self._identity = Identity(generation=str(uuid.uuid4()), began_at=now, started_at=now)

    def record_change(self) -> int:
        """Record a change, while holding the request lock. Returns its number, for `wait_until_saved`."""
        with self._condition:
            if self._changes == self._saved:
                self._first_change_at = time.monotonic()
            self._changes += 1
            self._condition.notify_all()
            return self._changes

    def wait_until_saved(self, change: int) -> None:
        """Return when that change and all earlier ones are on disk. Do not hold the request lock meanwhile.

        Also returns while snapshots fail, and after 15 s: the change is made, and a client that got an error
        would make it a second time.
        """
        with self._condition:
            self._waiting += 1
            self._condition.notify_all()
            try:
                in_time = self._condition.wait_for(
                    lambda: self._saved >= change or self._failure is not None, timeout=SAVE_LIMIT_SECONDS
                )
            finally:
                self._waiting -= 1
            if not in_time:
                self._fail(f"no snapshot within {SAVE_LIMIT_SECONDS:.0f} s")

    def close(self) -> None:
        """Write the last snapshot, if there are unsaved changes, and stop."""
        with self._condition:
            self._closing = True
            self._condition.notify_all()
        self._thread.join()

    def _run(self) -> None:
        while self._wait_for_work():
            is_last, started_at = self._closing, time.monotonic()
            try:
                self._save()
            except RequestsInFlight as reason:
                # These requests may end at any moment. Responses that wait for the disk keep waiting.
                log.warning("snapshot postponed: %s", reason)
            except Exception as reason:
                # Any error: if this thread died, all later changes would be lost.
                with self._condition:
                    self._fail(f"{type(reason).__name__}: {reason}", traceback_of=reason)
            else:
                continue
            if is_last:
                return
            self._pause(time.monotonic() - started_at)

    def _fail(self, why: str, *, traceback_of: Exception | None = None) -> None:
        # Logged once, not with every attempt. The caller holds `_condition`.
        if self._failure is None:
            log.error(
                "cannot save the account: %s; changes would be lost in a crash; trying again",
                why,
                exc_info=traceback_of,
            )
        self._failure = why
        self._condition.notify_all()

    def _wait_for_work(self) -> bool:
        """True when a snapshot is due, False when all is on disk and the account is closing."""
        with self._condition:
            while True:
                if self._changes > self._saved:
                    due_in = self._first_change_at + self._pause_seconds - time.monotonic()
                    if self._waiting or self._closing or self._failure is not None or due_in <= 0:
                        return True
                    self._condition.wait(due_in)
                elif self._closing:
                    return False
                else:
                    self._condition.wait()

    def _pause(self, attempt_seconds: float) -> None:
        with self._condition:
            seconds = RETRY_SECONDS
            if self._failure is not None:  # then no response waits for the next attempt
                seconds = max(seconds, PAUSE_FOR_EACH_SECOND * attempt_seconds)
            self._condition.wait_for(lambda: self._closing, timeout=seconds)

    def _save(self) -> None:
        with self._request_lock.exclusive(limit_seconds=DRAIN_LIMIT_SECONDS):
            with self._condition:
                change = self._changes
            started_at = time.monotonic()
            data = account_pickle.dump()
            # With hundreds of environments a snapshot takes long. Then write it less often.
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
        with self._condition:
            self._identity.revision = revision
            self._saved = change
            if self._failure is not None:
                log.warning("snapshots succeed again; the account is saved")
                self._failure = None
            self._first_change_at = time.monotonic()
            self._condition.notify_all()
