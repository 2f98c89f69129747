"""The portal's processes as forks of a supervisor that has loaded the code: memory holds one copy."""

import gc
import importlib
import multiprocessing
import os
import runpy
import signal
import sys
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path

from portal.demo.processes import Program, die_with_parent
from provisioner import catalogue
from provisioner.cloud import credentials

# What web server, workers and beat import while they run, most of it by name.
_MODULES = (
    "portal.asgi",
    "portal.urls",
    "portal.management.commands.worker",
    "provisioner.tasks",
    "provisioner.worker.celery_signals",
    "channels_redis.pubsub",
    "celery.app.amqp",
    "celery.app.control",
    "celery.app.events",
    "celery.app.log",
    "celery.apps.beat",
    "celery.apps.worker",
    "celery.backends.base",
    "celery.bin.celery",
    "celery.concurrency.prefork",
    "celery.concurrency.solo",
    "celery.events.state",
    "celery.fixups.django",
    "celery.worker.autoscale",
    "celery.worker.components",
    "celery.worker.consumer",
    "celery.worker.control",
    "celery.worker.strategy",
    "billiard.popen_fork",
    "billiard.sharedctypes",
    "kombu.asynchronous.hub",
    "kombu.transport.redis",
    "uvicorn.lifespan.off",
    "uvicorn.loops.uvloop",
    "uvicorn.protocols.http.httptools_impl",
    "uvicorn.protocols.websockets.websockets_sansio_impl",
)
_CONTEXT = multiprocessing.get_context("fork")


def preload() -> None:
    """Import all of it. It opens no connection: two processes on one would mix up their answers."""
    # A collection would leave gaps; a child that fills them would copy the memory pages.
    gc.disable()
    for module in _MODULES:
        importlib.import_module(module)
    catalogue.offered()
    credentials.preload_service_models()
    # From here on the collector ignores these objects: a collection writes to each, and so copies it.
    gc.freeze()
    gc.enable()


class Fork:
    """One running program, like `processes.Child`, but forked."""

    def __init__(self, program: Program, *, log: Path, environment: dict[str, str]) -> None:
        self.program = program
        self.started_at = time.monotonic()
        log.parent.mkdir(parents=True, exist_ok=True)
        self._process: BaseProcess = _CONTEXT.Process(target=_become, args=(program, log, environment))
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid  # noqa: S101  it was started
        return self._process.pid

    def exit_code(self) -> int | None:
        return self._process.exitcode

    def ask_to_stop(self) -> None:
        self._process.terminate()

    def stop(self, *, within_seconds: float) -> None:
        """Terminate, wait, and kill the process group after `within_seconds`."""
        self.ask_to_stop()
        self._process.join(within_seconds)
        if self._process.exitcode is None:
            os.killpg(self.pid, signal.SIGKILL)
            self._process.join()


def apart(act: Callable[[], object]) -> bool:
    """Call it in a fork, so that the connections it opens end with it. Returns whether it succeeded."""
    process = _CONTEXT.Process(target=act)
    process.start()
    process.join()
    return process.exitcode == 0


def _become(program: Program, log: Path, environment: dict[str, str]) -> None:
    os.setsid()
    die_with_parent()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    with log.open("ab") as output:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(output.fileno(), stream.fileno())
    os.environ.update(environment)
    sys.argv[1:] = program.arguments
    runpy.run_module(program.module, run_name="__main__", alter_sys=True)
