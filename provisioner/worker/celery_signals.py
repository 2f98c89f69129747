"""What a worker process does beside its tasks: beats, keeps house by its own clock, leaves in peace."""

import gc
import os
import threading
from typing import Any

import structlog
from celery import signals
from channels.layers import get_channel_layer
from django.db import connection

from provisioner import catalogue, shutdown
from provisioner.cloud import credentials
from provisioner.database import clock
from provisioner.scheduling import dispatch, hosts, tooling
from provisioner.worker import housekeeping, recovery

log = structlog.get_logger(__name__)

# The process whose pool this is, in it and in all that it forks.
_worker_pid: int | None = None


@signals.celeryd_after_setup.connect
def warm_up(instance: Any, **kwargs: Any) -> None:
    """Read what a run needs before the pool forks: each of its processes then has it at hand."""
    if "runs" in instance.app.amqp.queues.consume_from:
        catalogue.offered()
        tooling.find_trouble()
        credentials.preload_service_models()
        get_channel_layer()
    global _worker_pid
    _worker_pid = os.getpid()
    # What is there by now stays: a pool's process that looked whether it is garbage would copy all of it.
    gc.freeze()


@signals.worker_process_init.connect
def demand_parent(**kwargs: Any) -> None:
    """End a process of the pool whose worker died while it was born.

    Celery has the kernel kill it with its worker. It asks for that after the fork: too late for a worker that
    is gone by then, and the pipes that the others of the pool hold open keep it waiting for ever.
    """
    if _worker_pid is not None and os.getppid() != _worker_pid:
        os._exit(1)


@signals.worker_ready.connect
def start(sender: Any, **kwargs: Any) -> None:
    """Start the threads that belong to the queues of this worker."""
    queues = set(sender.app.amqp.queues.consume_from)
    if "runs" in queues:
        hosts.Heartbeat().start()
        # The control workers' pass may run where the workspaces of this host are not to be seen.
        housekeeping.WorkspaceCleaner().start()
        threading.Thread(target=_take_up, name="take-up", daemon=True).start()
    if "control" in queues:
        housekeeping.HousekeepingThread().start()


@signals.worker_shutting_down.connect
def leave(**kwargs: Any) -> None:
    """Tell the pool to leave its runs: their Terraform goes on, the next worker follows it.

    Unless they are to be followed to their end, as in a container.
    """
    if not shutdown.is_ending():
        shutdown.announce()


def _take_up() -> None:
    """Adopt at once what the worker before this one left on this host, and start what waits."""
    try:
        hosts.beat(now=clock.now())
        recovery.call_own(now=clock.now())
        dispatch.next_runs(now=clock.now())
    except Exception as error:  # the housekeeping does the same, later
        log.warning("nothing taken up at the start", error=str(error))
    finally:
        connection.close()
