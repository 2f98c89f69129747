"""Starts the demo's processes, restarts those that end, and stops them in an order that loses nothing."""

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
# A program that ends is restarted after this time, so that a broken one is no busy loop.
RESTART_SECONDS = 1.0


class NeverReady(Exception):
    """A program did not become ready. The message names it and its log."""


class Supervisor:
    """Owns the child processes. Not thread-safe: one loop, in the foreground."""

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
        """From here on Ctrl-C and SIGTERM end the loop."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._on_signal)

    def _on_signal(self, _number: int, _frame: object) -> None:
        self._stop_asked = True

    @property
    def stop_asked(self) -> bool:
        return self._stop_asked

    def start(self, programs: Iterable[Program], *, within_seconds: float) -> None:
        """Start the programs together and return when all are ready. Raises NeverReady."""
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
            raise NeverReady(f"{child.program.name} does not respond. Its log: {log}")

    def watch(self) -> None:
        """Restart every child that ends, until a stop is requested."""
        while not self._stop_asked:
            time.sleep(POLL_SECONDS)
            for name, child in list(self._children.items()):
                if child.exit_code() is not None and time.monotonic() - child.started_at > RESTART_SECONDS:
                    self._say(f"{name} ended with exit code {child.exit_code()}: starting it again")
                    self._start(child.program)
                    self.write_demo_file()

    def stop(self, names: Iterable[str], *, within_seconds: float) -> None:
        """Stop the named children: terminate all, then wait."""
        children = [self._children.pop(name) for name in names if name in self._children]
        for child in children:
            child.ask_to_stop()
        for child in children:
            child.stop(within_seconds=within_seconds)

    def ask_to_stop(self, name: str) -> None:
        """Terminate it without waiting: the child finishes its work."""
        if name in self._children:
            self._children[name].ask_to_stop()

    def write_demo_file(self) -> None:
        """`var/demo.json` with the current process ids."""
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
    """The environment of the children; what they print reaches their logs at once."""
    return {**os.environ, "PYTHONUNBUFFERED": "1"}
