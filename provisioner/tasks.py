"""The Celery tasks: each receives ids and makes one call."""

from uuid import UUID

from celery import shared_task

from provisioner.runs import notifications
from provisioner.worker import execution, housekeeping


@shared_task(name="provisioner.advance_run", queue="runs")
def advance_run(run_id: str) -> None:
    with notifications.open_connection():
        execution.advance(run_id=UUID(run_id))


@shared_task(name="provisioner.housekeeping", queue="control")
def housekeeping_pass() -> None:
    # Not Celery's own time limits: they need a pool.
    with housekeeping.exit_if_stuck():
        housekeeping.run_pass()
