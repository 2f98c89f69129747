"""The journal: what Terraform writes into a phase's file becomes numbered events, in order, each once.

Rows, byte offset and lease are written in one transaction, so a crash at any point repeats and loses nothing.
"""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog
from django.db import transaction
from django.utils import timezone

from provisioner import shutdown
from provisioner.database import retry
from provisioner.models import Run
from provisioner.runs import event_queries, events, lifecycle
from provisioner.terraform import lock, redaction, stream, tail
from provisioner.terraform import phase as phases
from provisioner.worker import leases, state_lock

log = structlog.get_logger(__name__)

# Lines that come one after the other are stored together, this often; the first after a pause at once.
TICK_SECONDS = 0.1
PEEK_SECONDS = 0.01
BATCH_LINES = 2000
RENEW_SECONDS = 5.0
STOP_REQUEST_POLL_SECONDS = 0.5
LOG_LIMIT_BYTES = 256 << 20
# A provider that lost its Terraform may never end by itself: it must not keep the run's slot for good.
LEFTOVERS_SECONDS = 300.0
EMERGENCY_STATE_FILE = "state_dump.json"
_SHEPHERD_LEAVES_SECONDS = 0.5
_LOOKS_FOR_LOCK = 5
_OF_THE_RUN = (
    "fence", "lease_owner", "last_seq", "phase", "ingest_phase", "ingest_offset", "cancel_asked_at",
    "force_asked_at",
)  # fmt: skip
_STEPS = frozenset({"init", "plan", "apply", "output"})
# What a run's verdict and page are made of; kept beyond the limit too.
_DECISIVE = frozenset(
    {"diagnostic", "planned_change", "change_summary", "outputs", "apply_start", "apply_complete",
     "apply_errored", "step_start", "step_end", "step_skipped", "stop_asked", "still_stopping", "state_dump",
     event_queries.UNSUPPORTED_STREAM}
)  # fmt: skip


@dataclass(kw_only=True)
class Ingestion:
    """Follows one phase of a run under one claim. `directory` is the run's workspace."""

    run: Run
    phase: str
    directory: Path
    redactor: redaction.Redactor
    # Names of the outputs that may be seen; of the others the stream's values are dropped.
    outputs_shown: frozenset[str] = frozenset()
    # By a step's name: what is done once beside it, between two looks at the file.
    beside: Mapping[str, Callable[[], None]] = field(default_factory=dict)
    _beside_done: set[str] = field(default_factory=set, init=False)
    _step: str = field(init=False)
    _truncated: bool = field(default=False, init=False)
    _wish_passed_on: bool = field(default=False, init=False)
    _force_passed_on: bool = field(default=False, init=False)
    # Looks that are left for the id of the state's lock; none until Terraform is known to hold it.
    _lock_looks: int | None = field(default=None, init=False)
    # Until when the children of a killed Terraform are waited for; None while there are none.
    _leftovers_until: float | None = field(default=None, init=False)
    _step_mark: int = field(default=0, init=False)
    _renew_at: float = field(default=0.0, init=False)
    _look_at: float = field(default=0.0, init=False)
    _look_for_lock_at: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self._step = self.run.phase if self.run.phase in _STEPS else self.phase
        if self.run.ingest_phase != self.phase:
            self.run.ingest_phase, self.run.ingest_offset = self.phase, 0
        path = phases.stream_path(self.directory, phase=self.phase)
        self._tail = tail.Tail(path, offset=self.run.ingest_offset)

    def follow(self) -> phases.Exit | None:
        """Store events until the phase has ended. None: it died without a word on how.

        Of a Terraform that was killed also what it had started has ended by then, or has had 300 s to do so.
        Raises lifecycle.LeaseLost when another worker has the run, shutdown.Leaving when this one is to stop;
        in both cases Terraform goes on.
        """
        while True:
            # First the verdict, then the file: the other way round, its last lines could be missed.
            self._step_mark = phases.step_marker(self.directory, phase=self.phase)
            seen = phases.observe(self.directory, phase=self.phase)
            took_some = self._take_all()
            if self._is_over(seen):
                if rest := self._tail.rest():
                    self._store([rest])
                return seen.exit
            if shutdown.is_near():
                raise shutdown.ShuttingDown
            self._renew_and_look()
            self._do_beside()
            self._wait(for_line=not took_some)

    def _is_over(self, seen: phases.Observation) -> bool:
        if seen.exit is None or not seen.is_held:
            return not seen.is_held
        return seen.exit.reason != "killed" or not self._leaves_something()

    def _leaves_something(self) -> bool:
        """Whether to go on waiting for the children of a killed Terraform, which build on without it."""
        if self._leftovers_until is None:
            if lock.wait_until_free(self.directory, seconds=_SHEPHERD_LEAVES_SECONDS):
                return False
            self._leftovers_until = time.monotonic() + LEFTOVERS_SECONDS
            words = (
                "Terraform is gone, but something that it started still runs. The run waits for it for up to "
                f"{LEFTOVERS_SECONDS / 60:.0f} minutes."
            )
            add_note(run=self.run, level="warn", message=words)
        return time.monotonic() < self._leftovers_until

    def _do_beside(self) -> None:
        if self._step in self.beside and self._step not in self._beside_done:
            self._beside_done.add(self._step)
            self.beside[self._step]()

    def _wait(self, *, for_line: bool) -> None:
        until = time.monotonic() + TICK_SECONDS
        while time.monotonic() < until and not self._has_just_ended():
            if for_line and self._tail.has_grown():
                return
            time.sleep(PEEK_SECONDS)

    def _has_just_ended(self) -> bool:
        """Whether the phase has, or one of its steps."""
        if phases.step_marker(self.directory, phase=self.phase) != self._step_mark:
            return True
        return self._leftovers_until is None and phases.has_ended(self.directory, phase=self.phase)

    def _take_all(self) -> bool:
        """Store what is there; whether there was anything."""
        took_some = False
        # Not until nothing is left: while one line is stored the next one comes, and each would be a batch.
        is_full = True
        while is_full and (lines := self._tail.read(limit_lines=BATCH_LINES)):
            self._store(lines)
            took_some = True
            is_full = len(lines) == BATCH_LINES
        return took_some

    def _store(self, lines: list[tuple[bytes, int]]) -> None:
        now = timezone.now()
        new = [event for line, end in lines if (event := self._event(line, end, now)) is not None]
        self._write(new, offset=lines[-1][1])

    def _event(self, line: bytes, end: int, now: datetime) -> events.NewEvent | None:
        message = self._understand(line)
        if message.type == "step_start" and message.data.get("step") in _STEPS:
            self._step = message.data["step"]
        if end > LOG_LIMIT_BYTES and message.type not in _DECISIVE:
            return self._mark_of_truncation(now)
        if self._lock_looks is None and message.type in state_lock.PROOFS:
            self._lock_looks = _LOOKS_FOR_LOCK
            self._look_for_lock_at = time.monotonic() + STOP_REQUEST_POLL_SECONDS
        if message.emergency_state is not None:
            self._keep_emergency_state(message.emergency_state)
        return events.NewEvent(
            at=message.at or now,
            phase=self._step,
            type=message.type,
            level=message.level,
            message=self.redactor.mask(message.message),
            resource=self.redactor.mask(message.resource or ""),
            data=self.redactor.mask_data(self._presentable(message)),
        )

    def _presentable(self, message: stream.Message) -> dict[str, Any]:
        if message.type != "outputs":
            return message.data
        told = message.data.get("outputs", {}).items()
        return {"outputs": {name: output for name, output in told if name in self.outputs_shown}}

    def _understand(self, line: bytes) -> stream.Message:
        try:
            return stream.parse(line)
        except stream.UnsupportedStream as error:
            phases.request_stop(self.directory, phase=self.phase)
            words = f"This Terraform does not fit: {error}."
            return stream.Message(type=event_queries.UNSUPPORTED_STREAM, level="error", message=words)

    def _mark_of_truncation(self, now: datetime) -> events.NewEvent | None:
        if self._truncated:
            return None
        self._truncated = True
        text = f"The log is over {LOG_LIMIT_BYTES >> 20} MiB: from here on only what matters is kept."
        return events.NewEvent(at=now, phase=self._step, type="truncated", level="warn", message=text)

    def _keep_emergency_state(self, raw: bytes) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        with os.fdopen(os.open(self.directory / EMERGENCY_STATE_FILE, flags, 0o600), "ab") as file:
            file.write(raw + b"\n")

    def _renew_and_look(self) -> None:
        if time.monotonic() >= self._renew_at:
            self._write([], offset=self.run.ingest_offset)
        elif time.monotonic() >= self._look_at:
            self._look_at = time.monotonic() + STOP_REQUEST_POLL_SECONDS
            wishes = Run.objects.only("fence", "lease_owner", "cancel_asked_at", "force_asked_at")
            row = retry.until_database_answers(lambda: wishes.get(pk=self.run.pk))
            self._hear(row)
        self._look_for_lock()

    def _look_for_lock(self) -> None:
        if self._lock_looks and time.monotonic() >= self._look_for_lock_at:
            self._look_for_lock_at = time.monotonic() + STOP_REQUEST_POLL_SECONDS
            found = retry.until_database_answers(lambda: state_lock.record_own_id(self.run))
            self._lock_looks = 0 if found else self._lock_looks - 1

    def _write(self, new: list[events.NewEvent], *, offset: int) -> None:
        row = retry.until_database_answers(lambda: self._transaction(new, offset))
        self.run.last_seq, self.run.phase, self.run.ingest_offset = row.last_seq, row.phase, offset
        self._renew_at = time.monotonic() + RENEW_SECONDS
        self._look_at = time.monotonic() + STOP_REQUEST_POLL_SECONDS
        self._hear(row)

    def _transaction(self, new: list[events.NewEvent], offset: int) -> Run:
        with transaction.atomic():
            # A batch is stored ten times a second: of the run only what it takes.
            row = Run.objects.select_for_update().only(*_OF_THE_RUN).get(pk=self.run.pk)
            lifecycle.check_fence(row, self.run.fence)
            # A commit whose answer was lost is tried again: what it stored must not be stored twice.
            if new and (row.ingest_phase, row.ingest_offset) != (self.phase, offset):
                events.append(row, new)
            Run.objects.filter(pk=row.pk).update(
                ingest_phase=self.phase,
                ingest_offset=offset,
                lease_expires_at=leases.renewed(),
            )
            return row

    def _hear(self, row: Run) -> None:
        lifecycle.check_fence(row, self.run.fence)
        if row.cancel_asked_at is not None and not self._wish_passed_on:
            phases.request_stop(self.directory, phase=self.phase)
            self._wish_passed_on = True
        # Its first blow fells Terraform; what that has left falls by the next ones.
        if row.force_asked_at is not None and not (self._force_passed_on and self._leftovers_until is None):
            phases.force_stop(self.directory, phase=self.phase)
            self._force_passed_on = True


def add_note(*, run: Run, message: str, level: str = "info", data: dict[str, Any] | None = None) -> None:
    """A word from the portal in the run's story, under the claim. Raises lifecycle.LeaseLost."""

    word = events.NewEvent(
        at=timezone.now(), phase=run.phase, type="portal", level=level, message=message, data=data or {}
    )
    retry.until_database_answers(lambda: append_once(run, word))


def append_once(run: Run, word: events.NewEvent, *, beside: Callable[[Run], None] = lambda run: None) -> None:
    """Append the word under the claim, once however often it is tried; `beside` in the same transaction.

    Raises lifecycle.LeaseLost.
    """
    with transaction.atomic():
        row = lifecycle.lock_run(run.pk)
        lifecycle.check_fence(row, run.fence)
        # The commit of an attempt before this one may have been done although its answer was lost.
        if not events.has(row, word, since=run.last_seq):
            word.phase = row.phase
            events.append(row, [word])
            beside(row)
