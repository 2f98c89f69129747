"""Event ingestion: what Terraform writes into a phase's file becomes numbered events, in order, each once.

Rows, byte offset and lease are written in one transaction. A crash at any point loses and repeats nothing.
"""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

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

# Lines in quick succession are stored together, this often. The first line after a pause is stored at once.
TICK_SECONDS = 0.1
PEEK_SECONDS = 0.01
BATCH_LINES = 2000
RENEW_SECONDS = 5.0
STOP_REQUEST_POLL_SECONDS = 0.5
LOG_LIMIT_BYTES = 256 << 20
# A provider that outlives its Terraform may never exit. It must not keep the run's slot forever.
CHILDREN_SECONDS = 300.0
EMERGENCY_STATE_FILE = "state_dump.json"
_SHEPHERD_LEAVES_SECONDS = 0.5
_LOOKS_FOR_LOCK = 5
_OF_THE_RUN = (
    "fence", "lease_owner", "last_seq", "phase", "ingest_phase", "ingest_offset", "cancel_asked_at",
    "force_asked_at",
)  # fmt: skip
_STEPS = frozenset({"init", "plan", "apply", "output"})
# The verdict and the run's page are made of these; they are kept beyond the limit.
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
    # Names of the outputs that may be shown. The values of all others are dropped.
    outputs_shown: frozenset[str] = frozenset()
    # By step name: what is done once during this step, between two reads of the file.
    beside: Mapping[str, Callable[[], None]] = field(default_factory=dict)
    _beside_done: set[str] = field(default_factory=set, init=False)
    _step: str = field(init=False)
    _truncated: bool = field(default=False, init=False)
    _stop_passed_on: bool = field(default=False, init=False)
    _force_passed_on: bool = field(default=False, init=False)
    # Remaining tries to find the id of the state lock; None until Terraform is known to hold it.
    _lock_looks: int | None = field(default=None, init=False)
    # Until when to wait for the children of a killed Terraform; None if there are none.
    _children_until: float | None = field(default=None, init=False)
    _step_mark: int = field(default=0, init=False)
    _renew_at: float = field(default=0.0, init=False)
    _read_requests_at: float = field(default=0.0, init=False)
    _look_for_lock_at: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        self._step = self.run.phase if self.run.phase in _STEPS else self.phase
        if self.run.ingest_phase != self.phase:
            self.run.ingest_phase, self.run.ingest_offset = self.phase, 0
        path = phases.stream_path(self.directory, phase=self.phase)
        self._tail = tail.Tail(path, offset=self.run.ingest_offset)

    def follow(self) -> phases.Exit | None:
        """Store events until the phase has ended, and return how. None: it died without saying how.

        If Terraform was killed, its children have exited by then, or have had 300 s to do so. Raises
        lifecycle.LeaseLost if another worker has the run, shutdown.ShuttingDown if this one is stopping.
        Terraform continues in both cases.
        """
        while True:
            # First the exit, then the file: in the other order its last lines could be missed.
            self._step_mark = phases.step_marker(self.directory, phase=self.phase)
            seen = phases.observe(self.directory, phase=self.phase)
            took_some = self._take_all()
            if self._is_over(seen):
                if rest := self._tail.rest():
                    self._store([rest])
                return seen.exit
            if shutdown.is_near():
                raise shutdown.ShuttingDown
            self._renew_and_read_requests()
            self._do_beside()
            self._wait(for_line=not took_some)

    def _is_over(self, seen: phases.Observation) -> bool:
        if seen.exit is None or not seen.is_held:
            return not seen.is_held
        return seen.exit.reason != "killed" or not self._has_running_children()

    def _has_running_children(self) -> bool:
        """Whether to wait longer for the children of a killed Terraform, which continue without it."""
        if self._children_until is None:
            if lock.wait_until_free(self.directory, seconds=_SHEPHERD_LEAVES_SECONDS):
                return False
            self._children_until = time.monotonic() + CHILDREN_SECONDS
            words = (
                "Terraform is gone, but a process that it started still runs. The run waits for it for up to "
                f"{CHILDREN_SECONDS / 60:.0f} minutes."
            )
            add_note(run=self.run, level="warn", message=words)
        return time.monotonic() < self._children_until

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
        """Whether the phase, or one of its steps, has ended since the last read."""
        if phases.step_marker(self.directory, phase=self.phase) != self._step_mark:
            return True
        return self._children_until is None and phases.has_ended(self.directory, phase=self.phase)

    def _take_all(self) -> bool:
        """Store all new lines. Returns whether there were any."""
        took_some = False
        # Stop before the file is empty: while one line is stored the next one arrives, and each would be a
        # batch.
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
        message = self._parse(line)
        step = message.data.get("step")
        if message.type == "step_start" and isinstance(step, str) and step in _STEPS:
            self._step = step
        if end > LOG_LIMIT_BYTES and message.type not in _DECISIVE:
            return self._truncation_event(now)
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
            data=self.redactor.mask_data(self._without_hidden_outputs(message)),
        )

    def _without_hidden_outputs(self, message: stream.Message) -> dict[str, object]:
        if message.type != "outputs":
            return message.data
        outputs = message.data.get("outputs")
        if not isinstance(outputs, dict):
            return {"outputs": {}}
        return {"outputs": {name: output for name, output in outputs.items() if name in self.outputs_shown}}

    def _parse(self, line: bytes) -> stream.Message:
        try:
            return stream.parse(line)
        except stream.UnsupportedStream as error:
            phases.request_stop(self.directory, phase=self.phase)
            return stream.Message(type=event_queries.UNSUPPORTED_STREAM, level="error", message=str(error))

    def _truncation_event(self, now: datetime) -> events.NewEvent | None:
        if self._truncated:
            return None
        self._truncated = True
        text = f"The log is over {LOG_LIMIT_BYTES >> 20} MiB. From here on only important events are kept."
        return events.NewEvent(at=now, phase=self._step, type="truncated", level="warn", message=text)

    def _keep_emergency_state(self, raw: bytes) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        with os.fdopen(os.open(self.directory / EMERGENCY_STATE_FILE, flags, 0o600), "ab") as file:
            file.write(raw + b"\n")

    def _renew_and_read_requests(self) -> None:
        if time.monotonic() >= self._renew_at:
            self._write([], offset=self.run.ingest_offset)
        elif time.monotonic() >= self._read_requests_at:
            self._read_requests_at = time.monotonic() + STOP_REQUEST_POLL_SECONDS
            requests = Run.objects.only("fence", "lease_owner", "cancel_asked_at", "force_asked_at")
            row = retry.until_database_answers(lambda: requests.get(pk=self.run.pk))
            self._pass_on_requests(row)
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
        self._read_requests_at = time.monotonic() + STOP_REQUEST_POLL_SECONDS
        self._pass_on_requests(row)

    def _transaction(self, new: list[events.NewEvent], offset: int) -> Run:
        with transaction.atomic():
            # A batch is stored ten times a second, so only the columns that it needs are read.
            row = Run.objects.select_for_update().only(*_OF_THE_RUN).get(pk=self.run.pk)
            lifecycle.check_fence(row, self.run.fence)
            # A commit whose answer was lost is repeated. What it stored must not be stored twice.
            if new and (row.ingest_phase, row.ingest_offset) != (self.phase, offset):
                events.append(row, new)
            Run.objects.filter(pk=row.pk).update(
                ingest_phase=self.phase,
                ingest_offset=offset,
                lease_expires_at=leases.renewed(),
            )
            return row

    def _pass_on_requests(self, row: Run) -> None:
        lifecycle.check_fence(row, self.run.fence)
        if row.cancel_asked_at is not None and not self._stop_passed_on:
            phases.request_stop(self.directory, phase=self.phase)
            self._stop_passed_on = True
        # The first signal kills Terraform; the next ones kill what it left.
        if row.force_asked_at is not None and not (self._force_passed_on and self._children_until is None):
            phases.force_stop(self.directory, phase=self.phase)
            self._force_passed_on = True


def add_note(
    *, run: Run, message: str, level: str = "info", data: Mapping[str, object] | None = None
) -> None:
    """Append a message from the portal to the event log, under the claim. Raises lifecycle.LeaseLost."""

    word = events.NewEvent(
        at=timezone.now(), phase=run.phase, type="portal", level=level, message=message, data=data or {}
    )
    retry.until_database_answers(lambda: append_once(run, word))


def append_once(run: Run, word: events.NewEvent, *, beside: Callable[[Run], None] = lambda run: None) -> None:
    """Append the event under the claim, once however often it is tried. `beside` runs in the same
    transaction.

    Raises lifecycle.LeaseLost.
    """
    with transaction.atomic():
        row = lifecycle.lock_run(run.pk)
        lifecycle.check_fence(row, run.fence)
        # An earlier try may have committed although its answer was lost.
        if not events.has(row, word, since=run.last_seq):
            word.phase = row.phase
            events.append(row, [word])
            beside(row)
