"""Change notifications: "run X changed". They carry no data that anything relies on, and may be lost."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import redis
import structlog
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer

log = structlog.get_logger(__name__)

# A Redis that accepts connections and never answers must delay neither a click nor the ingestion.
PATIENCE_SECONDS = 0.5

_open_connections = threading.local()


@contextmanager
def open_connection() -> Iterator[None]:
    """Use one connection until the block ends, in this thread: for code that follows a run and notifies
    often.

    Without it, every notification from a thread without an event loop creates an event loop and a
    connection.
    """
    with asyncio.Runner() as runner:
        _open_connections.run = runner.run
        try:
            yield
        finally:
            _open_connections.run = None


def group_name(run_id: UUID) -> str:
    """The channel layer's group in which a run's viewers wait."""
    return f"run.{run_id}"


def notify_run_changed(*, run_id: UUID, last_seq: int) -> None:
    """Notify the run's viewers. Never raises: viewers also poll slowly."""
    message = {"type": "run.changed", "last_seq": last_seq}
    run = getattr(_open_connections, "run", None)
    try:
        if run is not None:
            run(_send(group_name(run_id), message))
        else:
            async_to_sync(_send)(group_name(run_id), message)
    except Exception as error:  # Whatever Redis does, the ingestion continues.
        log.warning("change notification not sent", run_id=str(run_id), error=str(error))


async def _send(group: str, message: dict[str, object]) -> None:
    layer = get_channel_layer()
    async with asyncio.timeout(PATIENCE_SECONDS):
        try:
            await layer.group_send(group, message)
        except redis.ConnectionError:
            # An open connection may only be broken: try once more with a new one.
            await layer.group_send(group, message)
