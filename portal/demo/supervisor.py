"""Starts the demo's processes, keeps them alive, and stops them in the order that loses nothing."""

import os
import signal
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from portal.demo import addresses as addresses_module
from portal.demo.addresses import Addresses
from portal.demo.forks import Fork
from portal.demo.processes import Child, Program

POLL_SECONDS = 0.25
# A program that dies is started again after this; one that keeps dying is not started in a busy loop.
RESTART_SECONDS = 1.0


class NeverReady(Exception):
    """A program did not become ready; the message names it and its log."""


class Supervisor:
    """Owns the children. Not thread-safe: one loop, in the foreground."""

    def __init__(
        self, *, addresses: Addresses, var_dir: Path, environment: dict[str, str], say: Callable[[str], None]
    ) -> None:
        self._addresses = addresses
        self._var_dir = var_dir
        self._environment = environment
        self._say = say
        self._children: dict[str, Child | Fork] = {}
        self._stop_asked = False

    def catch_signals(self) -> None:
        """From here on Ctrl-C and SIGTERM ask the loop to end."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    def _on_signal(self, _number: int, _frame: object) -> None:
        self._stop_asked = True

    @property
    def stop_asked(self) -> bool:
        return self._stop_asked

    def start(self, programs: Iterable[Program], *, within_seconds: float) -> None:
        """Start the programs together and return once all are ready. Raises NeverReady."""
        started = [self._start(program) for program in programs]
        deadline = time.monotonic() + within_seconds
        for child in started:
            while not child.program.is_ready():
                if self._stop_asked:
                    return
                self._check_start(child, deadline)
                time.sleep(0.05)
        self.write_demo_file()

    def _check_start(self, child: Child | Fork, deadline: float) -> None:
        log = self._log_of(child.program)
        if (code := child.exit_code()) is not None:
            raise NeverReady(f"{child.program.name} ended at once with exit code {code}. Its log: {log}")
        if time.monotonic() > deadline:
            raise NeverReady(f"{child.program.name} does not answer. Its log: {log}")

    def watch(self) -> None:
        """Keep every child alive until somebody asks to stop."""
        while not self._stop_asked:
            time.sleep(POLL_SECONDS)
            for name, child in list(self._children.items()):
                if child.exit_code() is not None and time.monotonic() - child.started_at > RESTART_SECONDS:
                    self._say(f"{name} ended with exit code {child.exit_code()}: starting it again")
                    self._start(child.program)
                    self.write_demo_file()

    def stop(self, names: Iterable[str], *, within_seconds: float) -> None:
        """Stop the named children, all asked first, then waited for."""
        children = [self._children.pop(name) for name in names if name in self._children]
        for child in children:
            child.ask_to_stop()
        for child in children:
            child.stop(within_seconds=within_seconds)

    def ask_to_stop(self, name: str) -> None:
        """Only ask: the child goes on with what it has in hand."""
        if name in self._children:
            self._children[name].ask_to_stop()

    def write_demo_file(self) -> None:
        """`var/demo.json` with the process ids of now."""
        addresses_module.write_demo_file(
            self._var_dir / "demo.json",
            addresses=self._addresses,
            processes={name: child.pid for name, child in self._children.items()},
        )

    def _start(self, program: Program) -> Child | Fork:
        begin = Fork if program.is_forked else Child
        child = begin(program, log=self._log_of(program), environment=self._environment)
        self._children[program.name] = child
        return child

    def _log_of(self, program: Program) -> Path:
        return self._var_dir / "log" / f"{program.name}.log"


def child_environment() -> dict[str, str]:
    """The children inherit ours; what they print arrives in their logs at once."""
    return {**os.environ, "PYTHONUNBUFFERED": "1"}
