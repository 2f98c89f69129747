"""One phase of a run (plan, apply): a list of steps that a shepherd runs. It is controlled through files.

<run>/module/          Terraform's working directory
<run>/home/, tmp       HOME, and a link to TMPDIR
<run>/run.lock         flock, inherited by everything the run starts
<run>/<phase>/         stream.jsonl, pid.json, exit.json, cancel, force, shepherd.log
<run>/<private output> for example outputs.json, 0600
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self, TypedDict

from provisioner.sentences import SentenceError, sentence
from provisioner.terraform import lock, shepherd

START_LIMIT_SECONDS = 15.0

EndReason = Literal["finished", "cancelled", "deadline", "killed"]


class AlreadyRunning(SentenceError):
    """A process of this run is still alive."""


class AlreadyFinished(SentenceError):
    """This phase has an exit.json. A phase runs once; another attempt is another run."""


class CannotStart(SentenceError):
    """The shepherd did not start. Terraform was not started."""


@dataclass(frozen=True)
class Step:
    """One command. `private_output`: standard output goes to this file in the run's directory, not to the
    stream.

    `despite_cancel`: run this step after a stop request, too. For reading the outputs of an apply that had
    already finished when the request arrived.
    """

    name: str
    arguments: tuple[str, ...]
    private_output: str | None = None
    success_codes: tuple[int, ...] = (0,)
    despite_cancel: bool = False


@dataclass(frozen=True)
class Phase:
    name: str
    directory: Path
    steps: tuple[Step, ...]
    environment: Mapping[str, str]
    deadline_seconds: float
    grace_seconds: float


@dataclass(frozen=True)
class Exit:
    """How a phase ended. `exit_code` is negative after a signal, and 125 if `step` was not started."""

    exit_code: int
    step: str
    reason: EndReason
    started_at: str
    finished_at: str


class _ExitFile(TypedDict):
    """The content of exit.json."""

    exit_code: int
    step: str
    reason: EndReason
    started_at: str
    finished_at: str


@dataclass(frozen=True)
class Observation:
    """`is_held`: a process of the run is alive, in any phase. `pid`: the shepherd's, while it is alive."""

    is_held: bool
    exit: Exit | None
    pid: int | None


def stream_path(directory: Path, *, phase: str) -> Path:
    return directory / phase / "stream.jsonl"


class Starter:
    """A shepherd that starts early: its Python interpreter starts while the phase is still being prepared.

    `with Starter() as starter: ...; starter.start(phase)`. Without a phase, the process exits at the end of
    the block.
    """

    _process: subprocess.Popen[bytes] | None = None
    _problem: OSError | None = None

    def __enter__(self) -> Self:
        command = [sys.executable, "-I", "-S", shepherd.__file__]
        pipe = subprocess.PIPE
        try:
            # An empty environment: nothing can leak through the shepherd's /proc/<pid>/environ.
            self._process = subprocess.Popen(command, env={}, stdin=pipe, stdout=pipe, stderr=pipe, bufsize=0)
        except OSError as problem:
            # An error only if a phase is started later.
            self._problem = problem
        return self

    def __exit__(self, *problem: object) -> None:
        if self._process is not None:
            self._process.__exit__(None, None, None)

    def start(self, phase: Phase, *, check_before_go: Callable[[], None] = lambda: None) -> None:
        """Return once the shepherd holds the lock, has written pid.json, and has received `go`.

        `check_before_go` is called right before `go` is sent. If it raises, nothing is started. Raises
        AlreadyRunning, AlreadyFinished, CannotStart (within 15 s). Nothing was started then.
        """
        folder = phase.directory / phase.name
        folder.mkdir(mode=0o700, exist_ok=True)
        if (folder / "exit.json").exists():
            raise AlreadyFinished(sentence("%(folder)s has an exit.json.", folder=str(folder)))
        if self._process is None:
            raise CannotStart(
                sentence("The shepherd process could not be started: %(error)s.", error=str(self._problem))
            ) from self._problem
        _hand_over(self._process, phase, check_before_go)


def start(phase: Phase) -> None:
    """`Starter.start` for a phase that is already prepared."""
    with Starter() as starter:
        starter.start(phase)


def _hand_over(starter: subprocess.Popen[bytes], phase: Phase, check_before_go: Callable[[], None]) -> None:
    assert starter.stdin is not None  # noqa: S101 - for the type checker
    assert starter.stdout is not None  # noqa: S101
    assert starter.stderr is not None  # noqa: S101
    with contextlib.suppress(BrokenPipeError):
        starter.stdin.write(_specification(phase))
    # Not select(): it cannot handle descriptors above 1023, and a worker may have many.
    answers = select.poll()
    answers.register(starter.stdout, select.POLLIN)
    if not answers.poll(START_LIMIT_SECONDS * 1000):
        # If it starts after all, it reads end of file instead of `go`.
        starter.kill()
        raise CannotStart(
            sentence("The shepherd did not start within %(seconds)s s.", seconds=f"{START_LIMIT_SECONDS:g}")
        )
    if starter.stdout.readline() == b"ready\n":
        check_before_go()
        starter.stdin.write(b"go\n")
        return
    error_output = starter.stderr.read().decode(errors="replace")
    if starter.wait() == shepherd.BUSY:
        raise AlreadyRunning(lock.in_use(phase.directory))
    raise CannotStart(
        sentence(
            "The shepherd ended with exit code %(code)s: %(error)s",
            code=starter.returncode,
            error=error_output.strip(),
        )
    )


def _specification(phase: Phase) -> bytes:
    content: shepherd.PhaseSpecification = {
        "name": phase.name,
        "directory": os.fspath(phase.directory.resolve()),
        "steps": [_step_specification(step) for step in phase.steps],
        "environment": dict(phase.environment),
        "deadline_seconds": phase.deadline_seconds,
        "grace_seconds": phase.grace_seconds,
    }
    return json.dumps(content).encode() + b"\n"


def _step_specification(step: Step) -> shepherd.StepSpecification:
    return {
        "name": step.name,
        "arguments": list(step.arguments),
        "private_output": step.private_output,
        "success_codes": step.success_codes,
        "despite_cancel": step.despite_cancel,
    }


def observe(directory: Path, *, phase: str) -> Observation:
    """The state of a phase, read from its files. Changes nothing; any process may call it at any time.

    If `exit` is set and `is_held`: the phase ended, and a process that it left behind (for example a
    provisioner's) is alive.
    """
    # Read the lock first. Otherwise a phase that ends in between would look dead and have no exit.json.
    held = lock.is_held(directory)
    pid_file: shepherd.PidFile | None = _read(directory / phase / "pid.json")
    exit_file: _ExitFile | None = _read(directory / phase / "exit.json")
    pid = pid_file["pid"] if pid_file and _is_same_process(pid_file) else None
    return Observation(is_held=held, exit=Exit(**exit_file) if exit_file else None, pid=pid)


def has_ended(directory: Path, *, phase: str) -> bool:
    """Whether the phase has its exit.json. Cheap enough to poll."""
    return (directory / phase / "exit.json").exists()


def step_marker(directory: Path, *, phase: str) -> int:
    """A value that changes each time a step has started, after its `step_start` is in the stream. Cheap to
    poll.
    """
    try:
        return (directory / phase / "pid.json").stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        # After a power failure a file may be empty or full of zeros.

        return None


def _is_same_process(pid_file: shepherd.PidFile) -> bool:
    try:
        ticks = shepherd.start_ticks(pid_file["pid"])
        # A zombie (in a container without an init process) has an empty command line.
        is_alive = Path(f"/proc/{pid_file['pid']}/cmdline").read_bytes() != b""
    except (FileNotFoundError, ProcessLookupError):
        return False
    return is_alive and ticks == pid_file["start_ticks"] and shepherd.boot_id() == pid_file["boot_id"]


def request_stop(directory: Path, *, phase: str) -> None:
    """Request a stop: Terraform gets one SIGINT within 0.25 s. Idempotent. May be called before the start,
    too.
    """
    _create(directory / phase / "cancel")


def force_stop(directory: Path, *, phase: str) -> None:
    """SIGKILL Terraform and its process group. It may lose state, and leaves the S3 lock. For an operator
    only.

    If the shepherd is dead, kill all processes that hold the run's lock.
    """
    _create(directory / phase / "force")
    if observe(directory, phase=phase).pid is None:
        _kill_holders(directory)


def _kill_holders(directory: Path) -> None:
    # More than once: a process may start another one right before it is killed.
    for _ in range(10):
        for pid in lock.holder_pids(directory):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _create(path: Path) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.touch(mode=0o600)
