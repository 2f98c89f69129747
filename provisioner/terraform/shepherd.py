"""The process that owns Terraform for one phase of a run, and outlives the worker that started it.

A standalone script: `phase.start` runs it with `python -I -S`, so it imports little and starts in about 20
ms. It needs Linux (pidfd). It talks to the worker over its standard streams:

1. standard input: the phase as one line of JSON, with the credentials, so that they are never on disk;
2. standard output: `ready`, after the lock is taken and `pid.json` is written;
3. standard input: `go`. If the worker has died instead, nothing is started, and `exit.json` says so.

After that, other processes reach it only through files: `cancel` and `force` in the phase's folder.
"""

# Importing pathlib takes longer than everything else here, typing a sixth of that.
# ruff: noqa: PTH104, PTH110, PTH123

from __future__ import annotations

import fcntl
import json
import os
import select
import signal
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import NoReturn, TypedDict

    class StepSpecification(TypedDict):
        """A `phase.Step`."""

        name: str
        arguments: list[str]
        private_output: str | None
        success_codes: Sequence[int]
        despite_cancel: bool

    class PhaseSpecification(TypedDict):
        """A `phase.Phase`."""

        name: str
        directory: str
        steps: Sequence[StepSpecification]
        environment: Mapping[str, str]
        deadline_seconds: float
        grace_seconds: float

    class PidFile(TypedDict):
        """The content of pid.json."""

        pid: int
        start_ticks: int
        boot_id: str


BUSY = 75
NOT_STARTED = 125
NICENESS = 5
# The previous phase's shepherd releases the lock only after its exit.json is on disk.
_LOCK_PATIENCE_SECONDS = 5.0
_POLL_MILLISECONDS = 250
# exit.json is written to blocks that are reserved at the start, so that it fits on a full disk, too.
_EXIT_BYTES = 1024
_DISK_PATIENCE_SECONDS = 60


def timestamp() -> str:
    seconds, nanoseconds = divmod(time.time_ns(), 1_000_000_000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{nanoseconds // 1000:06d}Z"


def start_ticks(pid: int) -> int:
    """When the process started, in clock ticks since boot. With the boot id it detects a reused pid.

    Raises FileNotFoundError or ProcessLookupError if there is no such process.
    """
    with open(f"/proc/{pid}/stat", "rb") as stat:
        return int(stat.read().rpartition(b")")[2].split()[19])


def boot_id() -> str:
    with open("/proc/sys/kernel/random/boot_id") as file:
        return file.read().strip()


def take_lock(directory: str) -> int | None:
    """Take the run's lock with a descriptor that all child processes inherit. None if another process holds
    it.
    """
    descriptor = os.open(f"{directory}/run.lock", os.O_RDWR | os.O_CREAT, 0o600)
    give_up_at = time.monotonic() + _LOCK_PATIENCE_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # An observer holds a shared lock for microseconds.
            if time.monotonic() > give_up_at:
                return None
            time.sleep(0.01)
        else:
            os.set_inheritable(descriptor, True)  # noqa: FBT003
            return descriptor


def replace_file(path: str, content: Mapping[str, object]) -> None:
    descriptor = os.open(f"{path}.new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.write(descriptor, json.dumps(content).encode())
    os.close(descriptor)
    os.rename(f"{path}.new", path)


class Stream:
    """The phase's file: lines of Terraform and of the shepherd, in the order in which they were written."""

    def __init__(self, path: str, *, phase: str) -> None:
        self.descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        self._phase = phase

    def note(self, text: str, *, type: str, level: str = "info", **data: object) -> None:
        line = {"@level": level, "@message": text, "@module": "shepherd", "@timestamp": timestamp()}
        encoded = json.dumps({**line, "type": type, "phase": self._phase, **data}).encode() + b"\n"
        try:
            size = os.fstat(self.descriptor).st_size
            # A killed Terraform may leave an incomplete line. Ours must start a new one.
            cut = size > 0 and os.pread(self.descriptor, 1, size - 1) != b"\n"
            os.write(self.descriptor, b"\n" + encoded if cut else encoded)
        except OSError as error:
            # The disk is full. Terraform continues, so the shepherd does, too.
            sys.stderr.write(f"{error}: {text}\n")


class StopRequests:
    """Stop requests (files) and the deadline, turned into at most one SIGINT."""

    def __init__(self, phase: PhaseSpecification, stream: Stream) -> None:
        self._folder = f"{phase['directory']}/{phase['name']}"
        self._stream = stream
        self._deadline_at = time.monotonic() + phase["deadline_seconds"]
        self._grace_seconds = phase["grace_seconds"]
        self._grace_ends_at = float("inf")
        self._interrupted = False
        self.reason: str | None = None

    def check(self, step: StepSpecification) -> str | None:
        """The reason to stop this step, or not to start it. None if there is none."""
        if self._exists("force"):
            self.reason = "killed"
        elif self.reason is None and self._exists("cancel"):
            self.reason = "cancelled"
        elif self.reason is None and time.monotonic() > self._deadline_at:
            self.reason = "deadline"
        return None if step["despite_cancel"] and self.reason != "killed" else self.reason

    def forward(self, step: StepSpecification, pid: int, pidfd: int) -> None:
        reason = self.check(step)
        if reason == "killed":
            os.killpg(pid, signal.SIGKILL)
        elif reason and not self._interrupted:
            # Only once: after a second SIGINT Terraform abandons the resources that it is creating.
            self._interrupted = True
            self._grace_ends_at = time.monotonic() + self._grace_seconds
            self._note(f"Terraform was asked to stop ({reason})", "stop_asked")
            signal.pidfd_send_signal(pidfd, signal.SIGINT)
        elif reason and time.monotonic() > self._grace_ends_at:
            self._grace_ends_at = float("inf")
            self._note(f"Terraform is still stopping after {self._grace_seconds:g} s", "still_stopping")

    def record_end(self, exit_code: int) -> None:
        """Set the reason to `killed` if a signal ended the process, other than our own SIGINT."""
        # Our SIGINT ends a Terraform that has not installed its signal handler yet.
        is_ours = exit_code == -signal.SIGINT and self._interrupted
        if exit_code < 0 and not is_ours:
            self.reason = "killed"

    def _exists(self, name: str) -> bool:
        return os.path.exists(f"{self._folder}/{name}")

    def _note(self, text: str, kind: str) -> None:
        self._stream.note(text, type=kind, level="warn", reason=self.reason)


def execute(step: StepSpecification, phase: PhaseSpecification, stream: Stream) -> NoReturn:
    """Become Terraform: in its own session, without input, with all output going to files."""
    directory = phase["directory"]
    try:
        os.setsid()
        # The worker and the web server come first. Costs nothing on an idle machine.
        os.nice(NICENESS)
        os.chdir(f"{directory}/module")
        output = stream.descriptor
        if step["private_output"]:
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
            output = os.open(f"{directory}/{step['private_output']}", flags, 0o600)
        os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
        os.dup2(output, 1)
        os.dup2(stream.descriptor, 2)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
            signal.signal(number, signal.SIG_DFL)
        os.execve(step["arguments"][0], step["arguments"], phase["environment"])  # noqa: S606
    except OSError as error:
        os.write(stream.descriptor, f"Error: cannot run {step['arguments'][0]}: {error}\n".encode())
    finally:
        os._exit(127)


def start_process(step: StepSpecification, phase: PhaseSpecification, stream: Stream) -> int:
    """Start the step and return its pid after the exec: a signal before that would be lost."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        execute(step, phase, stream)
    os.close(writer)
    # End of file means that the exec closed the child's copy.
    os.read(reader, 1)
    os.close(reader)
    try:
        write_pid_file(phase, step=step["name"], terraform_pid=pid, terraform_start_ticks=start_ticks(pid))
    except OSError as error:
        # A full disk must not end the shepherd of a running Terraform.
        sys.stderr.write(f"{error}: pid.json\n")
    return pid


def run_step(
    step: StepSpecification, phase: PhaseSpecification, stream: Stream, requests: StopRequests
) -> int:
    began = time.monotonic()
    stream.note(f"{step['name']} started", type="step_start", step=step["name"])
    try:
        pid = start_process(step, phase, stream)
    except OSError as error:
        stream.note(f"{step['name']} cannot be started: {error}", type="step_skipped", level="error")
        return NOT_STARTED
    pidfd = os.pidfd_open(pid)
    poller = select.poll()
    poller.register(pidfd, select.POLLIN)
    while not poller.poll(_POLL_MILLISECONDS):
        requests.forward(step, pid, pidfd)
    exit_code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    os.close(pidfd)
    requests.record_end(exit_code)
    seconds = round(time.monotonic() - began, 3)
    level = "info" if exit_code in step["success_codes"] else "error"
    text = f"{step['name']} ended with exit code {exit_code} after {seconds:.1f} s"
    stream.note(text, type="step_end", level=level, step=step["name"], exit_code=exit_code, seconds=seconds)
    return exit_code


def run_steps(phase: PhaseSpecification, stream: Stream) -> tuple[str, int, str]:
    """Run the steps until one fails. Returns the last step, its exit code and the reason for the end."""
    requests = StopRequests(phase, stream)
    name, exit_code = "", 0
    for step in phase["steps"]:
        if reason := requests.check(step):
            stream.note(f"{step['name']} was not started ({reason})", type="step_skipped", level="warn")
            return step["name"], NOT_STARTED, reason
        name, exit_code = step["name"], run_step(step, phase, stream, requests)
        if exit_code not in step["success_codes"]:
            return name, exit_code, requests.reason or "finished"
    # All steps were done, even if a stop was requested near the end.
    return name, exit_code, "finished"


def write_pid_file(phase: PhaseSpecification, **data: object) -> None:
    own = {"pid": os.getpid(), "start_ticks": start_ticks(os.getpid()), "boot_id": boot_id()}
    replace_file(f"{phase['directory']}/{phase['name']}/pid.json", own | data)


def write_exit_file(folder: str, content: Mapping[str, object]) -> None:
    descriptor = os.open(f"{folder}/exit.new", os.O_WRONLY | os.O_CREAT, 0o600)
    os.pwrite(descriptor, json.dumps(content).encode().ljust(_EXIT_BYTES), 0)
    os.fsync(descriptor)
    os.close(descriptor)
    os.rename(f"{folder}/exit.new", f"{folder}/exit.json")
    directory = os.open(folder, os.O_RDONLY)
    os.fsync(directory)
    os.close(directory)


def write_exit_with_retry(folder: str, stream: Stream, content: Mapping[str, object]) -> None:
    give_up_at = time.monotonic() + _DISK_PATIENCE_SECONDS
    while True:
        try:
            os.fsync(stream.descriptor)
            return write_exit_file(folder, content)
        except OSError:
            if time.monotonic() > give_up_at:
                raise
            time.sleep(1)


def daemonize(folder: str) -> None:
    """Leave the worker's session and process tree. The standard streams stay open until `go` was received."""
    if os.fork():
        os._exit(0)
    os.setsid()
    if os.fork():
        os._exit(0)
    os.chdir("/")
    # A service manager sends its SIGTERM to Terraform, too. Forwarding it would be a second signal.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    reserve = os.open(f"{folder}/exit.new", os.O_WRONLY | os.O_CREAT, 0o600)
    os.write(reserve, b" " * _EXIT_BYTES)
    os.close(reserve)


def wait_for_go(folder: str) -> bool:
    """Report that the shepherd is ready, read the answer, and let go of the worker's streams. True after
    `go`.
    """
    try:
        os.write(1, b"ready\n")
    except BrokenPipeError:
        answer = b""
    else:
        answer = sys.stdin.buffer.readline()
    null = os.open("/dev/null", os.O_RDWR)
    log = os.open(f"{folder}/shepherd.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    for source, target in ((null, 0), (null, 1), (log, 2)):
        os.dup2(source, target)
    return answer == b"go\n"


def main() -> int:
    specification = sys.stdin.buffer.readline()
    if not specification:
        # The worker could not prepare the phase.
        return 0
    phase: PhaseSpecification = json.loads(specification)
    folder = f"{phase['directory']}/{phase['name']}"
    os.umask(0o077)
    lock = take_lock(phase["directory"])
    if lock is None:
        return BUSY
    daemonize(folder)
    write_pid_file(phase)
    stream = Stream(f"{folder}/stream.jsonl", phase=phase["name"])
    started_at = timestamp()
    if wait_for_go(folder):
        step, exit_code, reason = run_steps(phase, stream)
    else:
        step, exit_code, reason = "", NOT_STARTED, "killed"
        stream.note("The worker ended before the first step. Nothing was started.", type="step_skipped")
    result = {"exit_code": exit_code, "step": step, "reason": reason}
    write_exit_with_retry(folder, stream, result | {"started_at": started_at, "finished_at": timestamp()})
    return 0


if __name__ == "__main__":
    sys.exit(main())
