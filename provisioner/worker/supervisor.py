"""The process above a runs worker in a container, where nothing lives longer than the first process.

A worker that dies is followed by another one while Terraform runs. One that is asked to stop begins nothing
more and follows what it has to its end; what takes too long is asked to stop, once, and waited for.
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
# The end of the grace: for Terraform that was asked to stop, ends what it has in hand and saves its state.
STOPPING_SECONDS = 150
# For the last words on runs of which nothing lives: a database that is away would keep them for good.
LAST_WORDS_SECONDS = 20
_WISHES = frozenset({signal.SIGTERM, signal.SIGINT})


def supervise(*, runs_dir: Path, grace_seconds: float) -> None:
    """Return in a child, which is to be the worker; here, raise SystemExit once it and Terraform have ended.

    `grace_seconds`: how long after the wish to stop whoever started this waits before it kills.
    """
    # Blocked and asked for, not handled: none gets lost around a fork, and the child has them as they were.
    as_before = signal.pthread_sigmask(signal.SIG_BLOCK, _WISHES | {signal.SIGCHLD})
    shutdown.forget()
    keeper = _Supervisor(runs_dir, grace_seconds)
    while True:
        worker = os.fork()
        if worker == 0:
            signal.pthread_sigmask(signal.SIG_SETMASK, as_before)
            return
        code = keeper.watch(worker)
        if keeper.is_to_end():
            raise SystemExit(code)
        log.warning("the worker ended while Terraform runs: another one follows it", exit_code=code)


class _Supervisor:
    def __init__(self, runs_dir: Path, grace_seconds: float) -> None:
        self._runs_dir = runs_dir
        self._patience_seconds = max(0.0, grace_seconds - STOPPING_SECONDS)
        self._asked_at: float | None = None
        self._quiet_since: float | None = None
        self._interrupted = False

    def watch(self, worker: int) -> int:
        """The worker's exit code, once it has ended; 128 and the signal's number if one ended it."""
        while True:
            ended, status = os.waitpid(worker, os.WNOHANG)
            if ended:
                code = os.waitstatus_to_exitcode(status)
                return code if code >= 0 else 128 - code
            if self._hears_a_wish():
                os.kill(worker, signal.SIGTERM)
            self._do_what_is_due()

    def is_to_end(self) -> bool:
        """Whether it is over: after a wish once nothing of Terraform lives, else only if nothing does now."""
        while self._asked_at is not None and running.is_any_alive(self._runs_dir):
            self._hears_a_wish()
            self._do_what_is_due()
        return not running.is_any_alive(self._runs_dir)

    def _hears_a_wish(self) -> bool:
        """Wait a moment for a signal; whether it was the first wish to stop."""
        heard = signal.sigtimedwait(_WISHES | {signal.SIGCHLD}, POLL_SECONDS)
        if heard is None or heard.si_signo not in _WISHES or self._asked_at is not None:
            return False
        self._asked_at = time.monotonic()
        shutdown.announce_end()
        return True

    def _do_what_is_due(self) -> None:
        if self._asked_at is None:
            return
        now = time.monotonic()
        if now >= self._asked_at + self._patience_seconds:
            self._interrupt()
        if running.is_any_alive(self._runs_dir):
            self._quiet_since = None
        elif self._quiet_since is None:
            self._quiet_since = now
        elif now > self._quiet_since + LAST_WORDS_SECONDS:
            shutdown.announce()

    def _interrupt(self) -> None:
        # Again and again: a phase that began only now is asked, too. Terraform gets one interrupt anyway.
        try:
            count = running.request_stop_of_all(self._runs_dir)
        except OSError as error:
            # A full disk: whoever ends for that takes all Terraform along.
            log.warning("Terraform cannot be asked to stop yet", error=str(error))
            return
        if count and not self._interrupted:
            self._interrupted = True
            log.warning("the grace is nearly over: Terraform is asked to stop", runs=count)
