"""The process above a runs worker in a container, where nothing outlives the first process.

A worker that dies is replaced while Terraform runs. A worker that is asked to stop starts nothing more and
follows its runs to their end. A run that takes too long is asked to stop once, and waited for.
"""

import os
import signal
import time
from pathlib import Path

import structlog

from provisioner import shutdown
from provisioner.terraform import running

log = structlog.get_logger(__name__)

POLL_SECONDS = 0.25
# The end of the grace period: for a Terraform that was asked to stop, finishes its current resources and
# saves its state.
STOPPING_SECONDS = 150
# For the last events of runs without a living process: a database that is away would otherwise hold them
# forever.
LAST_EVENTS_SECONDS = 20
_STOP_SIGNALS = frozenset({signal.SIGTERM, signal.SIGINT})


def supervise(*, runs_dir: Path, grace_seconds: float) -> None:
    """Return in a child, which becomes the worker. Here, raise SystemExit once it and Terraform have ended.

    `grace_seconds`: how long the container engine waits after its request to stop before it kills.
    """
    # Blocked and polled, not handled: no signal gets lost around a fork, and the child has the old mask.
    old_mask = signal.pthread_sigmask(signal.SIG_BLOCK, _STOP_SIGNALS | {signal.SIGCHLD})
    shutdown.forget()
    above = _Supervisor(runs_dir, grace_seconds)
    while True:
        worker = os.fork()
        if worker == 0:
            signal.pthread_sigmask(signal.SIG_SETMASK, old_mask)
            return
        code = above.watch(worker)
        if above.should_exit():
            raise SystemExit(code)
        log.warning("worker exited while Terraform runs; starting another one", exit_code=code)


class _Supervisor:
    def __init__(self, runs_dir: Path, grace_seconds: float) -> None:
        self._runs_dir = runs_dir
        self._waiting_seconds = max(0.0, grace_seconds - STOPPING_SECONDS)
        self._requested_at: float | None = None
        self._quiet_since: float | None = None
        self._interrupted = False

    def watch(self, worker: int) -> int:
        """The worker's exit code once it has ended; 128 plus the signal's number if a signal ended it."""
        while True:
            ended, status = os.waitpid(worker, os.WNOHANG)
            if ended:
                code = os.waitstatus_to_exitcode(status)
                return code if code >= 0 else 128 - code
            if self._receives_stop_request():
                os.kill(worker, signal.SIGTERM)
            self._run_due_actions()

    def should_exit(self) -> bool:
        """Whether to exit. After a stop request, wait for Terraform to exit; otherwise check once."""
        while self._requested_at is not None and running.is_any_alive(self._runs_dir):
            self._receives_stop_request()
            self._run_due_actions()
        return not running.is_any_alive(self._runs_dir)

    def _receives_stop_request(self) -> bool:
        """Wait a moment for a signal. Returns whether it was the first request to stop."""
        received = signal.sigtimedwait(_STOP_SIGNALS | {signal.SIGCHLD}, POLL_SECONDS)
        if received is None or received.si_signo not in _STOP_SIGNALS or self._requested_at is not None:
            return False
        self._requested_at = time.monotonic()
        shutdown.announce_end()
        return True

    def _run_due_actions(self) -> None:
        if self._requested_at is None:
            return
        now = time.monotonic()
        if now >= self._requested_at + self._waiting_seconds:
            self._interrupt()
        if running.is_any_alive(self._runs_dir):
            self._quiet_since = None
        elif self._quiet_since is None:
            self._quiet_since = now
        elif now > self._quiet_since + LAST_EVENTS_SECONDS:
            shutdown.announce()

    def _interrupt(self) -> None:
        # Repeated: a phase that started only now must be asked too. Terraform gets one interrupt anyway.
        try:
            count = running.request_stop_of_all(self._runs_dir)
        except OSError as error:
            # A full disk. Exiting because of that would take all Terraform processes along.
            log.warning("cannot ask Terraform to stop yet", error=str(error))
            return
        if count and not self._interrupted:
            self._interrupted = True
            log.warning("grace period nearly over; asking Terraform to stop", runs=count)
