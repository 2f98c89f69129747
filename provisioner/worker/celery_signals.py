"""What a worker process does besides its tasks: heartbeat, housekeeping, an orderly shutdown."""

import gc
import os
import threading
from typing import Protocol

import structlog
from celery import Celery, signals
from channels.layers import get_channel_layer
from django.db import connection

from provisioner import catalogue, shutdown
from provisioner.cloud import credentials
from provisioner.database import clock
from provisioner.scheduling import dispatch, hosts, tooling
from provisioner.worker import housekeeping, recovery

log = structlog.get_logger(__name__)


class _Consumer(Protocol):
    """A Celery worker or its consumer."""

    app: Celery


# The process that owns the pool, known to it and to everything it forks.
_worker_pid: int | None = None


@signals.celeryd_after_setup.connect
def warm_up(instance: _Consumer, **kwargs: object) -> None:
    """Load what a run needs before the pool forks, so that each of its processes has it."""
    if "runs" in instance.app.amqp.queues.consume_from:
        catalogue.offered()
        tooling.find_trouble()
        credentials.preload_service_models()
        get_channel_layer()
    global _worker_pid
    _worker_pid = os.getpid()
    # What exists now is never collected: garbage collection in a process of the pool would copy all of it.
    gc.freeze()


@signals.worker_process_init.connect
def demand_parent(**kwargs: object) -> None:
    """Exit a process of the pool if its worker died while it was being forked.

    Celery tells the kernel to kill the process with its worker, but only after the fork. A worker that is
    gone by then is not noticed, and the pipes that the other processes hold open would keep this one waiting
    forever.
    """
    if _worker_pid is not None and os.getppid() != _worker_pid:
        os._exit(1)


@signals.worker_ready.connect
def start(sender: _Consumer, **kwargs: object) -> None:
    """Start the threads that belong to the queues of this worker."""
    queues = set(sender.app.amqp.queues.consume_from)
    if "runs" in queues:
        hosts.Heartbeat().start()
        # A control worker may run where the workspaces of this host are not visible.
        housekeeping.WorkspaceCleaner().start()
        threading.Thread(target=_take_over_runs, name="take-up", daemon=True).start()
    if "control" in queues:
        housekeeping.HousekeepingThread().start()


@signals.worker_shutting_down.connect
def leave(**kwargs: object) -> None:
    """Tell the pool to leave its runs. Terraform continues, and the next worker follows it.

    Not in a container: there the runs are followed to their end.
    """
    if not shutdown.is_ending():
        shutdown.announce()


def _take_over_runs() -> None:
    """Take over what the previous worker left on this host, and start what waits."""
    try:
        hosts.beat(now=clock.now())
        recovery.call_own(now=clock.now())
        dispatch.next_runs(now=clock.now())
    except Exception as error:  # The housekeeping repeats it later.
        log.warning("runs not taken over at the start", error=str(error))
    finally:
        connection.close()
