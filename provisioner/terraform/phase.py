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
    """Something that this run started is still alive."""


class AlreadyFinished(Exception):
    """This phase has its exit.json: a phase is run once, another attempt is another run."""


class CannotStart(Exception):
    """The shepherd did not stand up; nothing of Terraform was started."""


@dataclass(frozen=True)
class Step:
    """One command. `private_output` (relative to the run's directory) takes standard output off the stream.

    `despite_cancel`: run it even if a stop was asked for by then; for reading the outputs of an apply that
    had finished when the wish arrived.
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
    """How a phase ended. `exit_code` is negative after a signal, 125 if `step` was not started at all."""

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
    """A shepherd to be: its interpreter comes up while the phase is still being prepared.

    `with Starter() as starter: ...; starter.start(phase)`. One that was given no phase ends with the block.
    """

    _process: subprocess.Popen[bytes] | None = None
    _problem: OSError | None = None

    def __enter__(self) -> Self:
        command = [sys.executable, "-I", "-S", shepherd.__file__]
        pipe = subprocess.PIPE
        try:
            # An empty environment: the shepherd's own /proc/<pid>/environ has nothing to tell.
            self._process = subprocess.Popen(command, env={}, stdin=pipe, stdout=pipe, stderr=pipe, bufsize=0)
        except OSError as problem:
            # No process to be had. Whether that matters is known once there is a phase.
            self._problem = problem
        return self

    def __exit__(self, *problem: object) -> None:
        if self._process is not None:
            self._process.__exit__(None, None, None)

    def start(self, phase: Phase, *, check_before_go: Callable[[], None] = lambda: None) -> None:
        """Return once a shepherd holds the lock, has its pid.json, and has been told to go.

        `check_before_go` is asked right before that word, and raises where it must not be said.
        Raises AlreadyRunning, AlreadyFinished, CannotStart (within 15 s); in each case nothing was started.
        """
        folder = phase.directory / phase.name
        folder.mkdir(mode=0o700, exist_ok=True)
        if (folder / "exit.json").exists():
            raise AlreadyFinished(f"{folder} has an exit.json")
        if self._process is None:
            raise CannotStart(f"No process for the shepherd: {self._problem}") from self._problem
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
    # Not select(): it knows no descriptor above 1023, and a worker may have many.
    answers = select.poll()
    answers.register(starter.stdout, select.POLLIN)
    if not answers.poll(START_LIMIT_SECONDS * 1000):
        # It reads end of file instead of `go`, should it come up after all.
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
    """What can be known from outside, by anybody, at any time. Starts nothing, changes nothing.

    `exit` set and `is_held`: the phase ended and a leftover of it (an orphan of a provisioner) still works.
    """
    # The lock first: read the other way round, a phase that ends in between looks dead without a verdict.
    held = lock.is_held(directory)
    pid_file = _read(directory / phase / "pid.json")
    verdict = _read(directory / phase / "exit.json")
    pid = pid_file["pid"] if pid_file and _is_same_process(pid_file) else None
    return Observation(is_held=held, exit=Exit(**verdict) if verdict else None, pid=pid)


def has_ended(directory: Path, *, phase: str) -> bool:
    """Whether the phase has left its verdict: a look that costs next to nothing, for who waits for it."""
    return (directory / phase / "exit.json").exists()


def step_marker(directory: Path, *, phase: str) -> int:
    """Another one for each step that has begun, once its `step_start` is in the stream; as cheap a look."""
    try:
        return (directory / phase / "pid.json").stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def _read(path: Path) -> dict[str, Any] | None:
    try:
        content: dict[str, Any] = json.loads(path.read_bytes())
    except (FileNotFoundError, ValueError):
        # A power cut may keep a name and lose what stood under it, or leave zeros there: nothing is known.
        return None
    return content


def _is_same_process(pid_file: Mapping[str, Any]) -> bool:
    try:
        ticks = shepherd.start_ticks(pid_file["pid"])
        # A dead one that nobody has waited for (a container without an init) has no command line left.
        is_alive = Path(f"/proc/{pid_file['pid']}/cmdline").read_bytes() != b""
    except (FileNotFoundError, ProcessLookupError):
        return False
    return is_alive and ticks == pid_file["start_ticks"] and shepherd.boot_id() == pid_file["boot_id"]


def request_stop(directory: Path, *, phase: str) -> None:
    """Leave the wish to cancel: one SIGINT within 0.25 s, however often called. Counts before a start too."""
    _leave(directory / phase / "cancel")


def force_stop(directory: Path, *, phase: str) -> None:
    """SIGKILL Terraform and its process group: may lose state, leaves the S3 lock. For an operator only.

    With the shepherd gone, whatever still has the run's lock open is killed instead.
    """
    _leave(directory / phase / "force")
    if observe(directory, phase=phase).pid is None:
        _kill_holders(directory)


def _kill_holders(directory: Path) -> None:
    # More than once: a process may have been born between the look and the blow.
    for _ in range(10):
        for pid in lock.holder_pids(directory):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _leave(path: Path) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    path.touch(mode=0o600)
