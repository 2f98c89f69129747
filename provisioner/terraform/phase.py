"""One phase of a run (plan, apply) as a list of steps in the hands of a shepherd; reached by files alone.

<run>/module/          Terraform's working directory
<run>/home/, tmp       HOME, and a link to TMPDIR
<run>/run.lock         flock, inherited by everything the run starts
<run>/<phase>/         stream.jsonl, pid.json, exit.json, cancel, force, shepherd.log
<run>/<private output> for example outputs.json, 0600
"""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, Self

from provisioner.terraform import lock, shepherd

START_LIMIT_SECONDS = 15.0


class AlreadyRunning(Exception):
    """A process that this run started is still alive."""


class AlreadyFinished(Exception):
    """This phase has its exit.json. A phase runs once; another attempt is another run."""


class CannotStart(Exception):
    """The shepherd did not start, and so nothing of Terraform did."""


@dataclass(frozen=True)
class Step:
    """One command. `private_output` (relative to the run's directory) redirects standard output from the
    stream.

    `despite_cancel`: run it even after a stop request; to read the outputs of an apply that had finished when
    the request arrived.
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
    """How a phase ended. `exit_code` is negative after a signal, 125 if `step` was not started."""

    exit_code: int
    step: str
    reason: Literal["finished", "cancelled", "deadline", "killed"]
    started_at: str
    finished_at: str


@dataclass(frozen=True)
class Observation:
    """`is_held`: a process of the run is alive, in any phase. `pid`: the shepherd, while it is alive."""

    is_held: bool
    exit: Exit | None
    pid: int | None


def stream_path(directory: Path, *, phase: str) -> Path:
    return directory / phase / "stream.jsonl"


class Starter:
    """A shepherd in preparation: its interpreter starts while the phase is still being prepared.

    `with Starter() as starter: ...; starter.start(phase)`. Without a phase it ends with the block.
    """

    _process: subprocess.Popen[bytes] | None = None
    _problem: OSError | None = None

    def __enter__(self) -> Self:
        command = [sys.executable, "-I", "-S", shepherd.__file__]
        pipe = subprocess.PIPE
        try:
            # An empty environment: the shepherd's /proc/<pid>/environ contains no secret.
            self._process = subprocess.Popen(command, env={}, stdin=pipe, stdout=pipe, stderr=pipe, bufsize=0)
        except OSError as problem:
            # No process could be created. It matters only if there is a phase to start.
            self._problem = problem
        return self

    def __exit__(self, *problem: object) -> None:
        if self._process is not None:
            self._process.__exit__(None, None, None)

    def start(self, phase: Phase, *, check_before_go: Callable[[], None] = lambda: None) -> None:
        """Return when a shepherd holds the lock, has written its pid.json, and got its `go`.

        `check_before_go` is called right before `go`, and raises if the phase must not start. Raises
        AlreadyRunning, AlreadyFinished, CannotStart (within 15 s); in each case nothing was started.
        """
        folder = phase.directory / phase.name
        folder.mkdir(mode=0o700, exist_ok=True)
        if (folder / "exit.json").exists():
            raise AlreadyFinished(f"{folder} has an exit.json")
        if self._process is None:
            raise CannotStart(
                f"No process could be created for the shepherd: {self._problem}"
            ) from self._problem
        _hand_over(self._process, phase, check_before_go)


def start(phase: Phase) -> None:
    """`Starter.start` of a phase that needs no more preparation."""
    with Starter() as starter:
        starter.start(phase)


def _hand_over(starter: subprocess.Popen[bytes], phase: Phase, check_before_go: Callable[[], None]) -> None:
    assert starter.stdin is not None  # noqa: S101 - for the type checker
    assert starter.stdout is not None  # noqa: S101
    assert starter.stderr is not None  # noqa: S101
    with contextlib.suppress(BrokenPipeError):
        starter.stdin.write(_specification(phase))
    # Not select(): it supports no descriptor above 1023, and a worker can have many.
    answers = select.poll()
    answers.register(starter.stdout, select.POLLIN)
    if not answers.poll(START_LIMIT_SECONDS * 1000):
        # If it starts after all, it reads the end of file instead of `go`.
        starter.kill()
        raise CannotStart(f"no shepherd within {START_LIMIT_SECONDS:g} s")
    if starter.stdout.readline() == b"ready\n":
        check_before_go()
        starter.stdin.write(b"go\n")
        return
    complaint = starter.stderr.read().decode(errors="replace")
    if starter.wait() == shepherd.BUSY:
        raise AlreadyRunning(f"{phase.directory} is in use by {lock.holder_pids(phase.directory)}")
    raise CannotStart(complaint.strip() or f"the shepherd ended with {starter.returncode}")


def _specification(phase: Phase) -> bytes:
    content: dict[str, Any] = {
        "name": phase.name,
        "directory": os.fspath(phase.directory.resolve()),
        "steps": [asdict(step) for step in phase.steps],
        "environment": dict(phase.environment),
        "deadline_seconds": phase.deadline_seconds,
        "grace_seconds": phase.grace_seconds,
    }
    return json.dumps(content).encode() + b"\n"


def observe(directory: Path, *, phase: str) -> Observation:
    """The state of a phase from outside, for anybody, at any time. Starts and changes nothing.

    `exit` set and `is_held`: the phase ended, and a process it left (an orphan of a provisioner) is alive.
    """
    # The lock first: in the other order, a phase that ends meanwhile looks dead without a verdict.
    held = lock.is_held(directory)
    pid_file = _read(directory / phase / "pid.json")
    verdict = _read(directory / phase / "exit.json")
    pid = pid_file["pid"] if pid_file and _is_same_process(pid_file) else None
    return Observation(is_held=held, exit=Exit(**verdict) if verdict else None, pid=pid)


def has_ended(directory: Path, *, phase: str) -> bool:
    """Whether the phase has written its verdict: a check of microseconds, for a process that waits for it."""
    return (directory / phase / "exit.json").exists()


def step_marker(directory: Path, *, phase: str) -> int:
    """A value that changes with each step that has started, after its `step_start` is in the stream; equally
    fast.
    """
    try:
        return (directory / phase / "pid.json").stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def _read(path: Path) -> dict[str, Any] | None:
    try:
        content: dict[str, Any] = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        # A power cut can keep a file's name and lose its content, or leave zeros: nothing is known.
        return None
    return content


def _is_same_process(pid_file: Mapping[str, Any]) -> bool:
    try:
        ticks = shepherd.start_ticks(pid_file["pid"])
        # A zombie (in a container without an init) has no command line.
        is_alive = Path(f"/proc/{pid_file['pid']}/cmdline").read_bytes() != b""
    except (FileNotFoundError, ProcessLookupError):
        return False
    return is_alive and ticks == pid_file["start_ticks"] and shepherd.boot_id() == pid_file["boot_id"]


def request_stop(directory: Path, *, phase: str) -> None:
    """Leave the stop request: one SIGINT within 0.25 s, however often it is called. It counts before a start,
    too.
    """
    _leave(directory / phase / "cancel")


def force_stop(directory: Path, *, phase: str) -> None:
    """SIGKILL Terraform and its process group: the state can be lost, the S3 lock remains. For operators
    only.

    Without a shepherd, the processes that have the run's lock open are killed instead.
    """
    _leave(directory / phase / "force")
    if observe(directory, phase=phase).pid is None:
        _kill_holders(directory)


def _kill_holders(directory: Path) -> None:
    # More than once: a process can start between the listing and the signal.
    for _ in range(10):
        for pid in lock.holder_pids(directory):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _leave(path: Path) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.touch(mode=0o600)
