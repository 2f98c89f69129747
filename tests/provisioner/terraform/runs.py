"""A run's directory, and what every test here does with it."""

import contextlib
import os
import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from provisioner.terraform import lock, phase, stream, tail

PATIENCE_SECONDS = 90.0

T = TypeVar("T")


def eventually(condition: Callable[[], T | None], *, within_seconds: float = PATIENCE_SECONDS) -> T:
    """Wait for the condition's first true value. Fails the test after a time limit."""
    give_up_at = time.monotonic() + within_seconds
    while not (value := condition()):
        assert time.monotonic() < give_up_at, "timed out"
        time.sleep(0.005)
    return value


@dataclass
class Run:
    """A run's directory, and what every test does with it."""

    directory: Path
    environment: Mapping[str, str]

    def whole(
        self, *steps: phase.Step, name: str = "apply", deadline: float = 600, grace: float = 600
    ) -> phase.Phase:
        return phase.Phase(
            name=name,
            directory=self.directory,
            steps=steps,
            environment=self.environment,
            deadline_seconds=deadline,
            grace_seconds=grace,
        )

    def start(
        self, *steps: phase.Step, name: str = "apply", deadline: float = 600, grace: float = 600
    ) -> None:
        phase.start(self.whole(*steps, name=name, deadline=deadline, grace=grace))

    def exit(self, name: str = "apply") -> phase.Exit:
        verdict = eventually(lambda: phase.observe(self.directory, phase=name).exit)
        assert isinstance(verdict, phase.Exit)
        return verdict

    def shepherd(self, name: str = "apply") -> int:
        pid = phase.observe(self.directory, phase=name).pid
        assert pid is not None
        return pid

    def lines(self, name: str = "apply") -> list[bytes]:
        path = phase.stream_path(self.directory, phase=name)
        return [line for line, _ in tail.Tail(path, offset=0).read(limit_lines=1_000_000)]

    def messages(self, name: str = "apply") -> list[stream.Message]:
        return [stream.parse(line) for line in self.lines(name)]

    def waits_for(self, text: bytes, name: str = "apply") -> None:
        eventually(lambda: any(text in line for line in self.lines(name)))


def kill_all(directory: Path) -> None:
    """Kill all processes of the run, and those that they start meanwhile."""

    def kill() -> bool:
        for pid in lock.holder_pids(directory):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return not lock.is_held(directory)

    eventually(kill)


class Program(Protocol):
    """Makes an executable from a few lines of Python. Returns its argument list."""

    def __call__(self, body: str, name: str = "fake") -> tuple[str, ...]: ...


class OrderRun(Protocol):
    """Prepares a workspace and plans it with real Terraform. Returns the planned run."""

    def __call__(self, source: str, variables: Mapping[str, object] | None = None) -> Run: ...


Steps = tuple[phase.Step, ...]
