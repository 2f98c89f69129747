"""The doorbell: "run X changed, go and look". Carries no data anybody relies on; may be lost."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import redis
import structlog
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer

log = structlog.get_logger(__name__)

# A Redis that accepts and never answers must hold up neither a click nor the journal.
PATIENCE_SECONDS = 0.5

_open_connections = threading.local()


@contextmanager
def open_connection() -> Iterator[None]:
    """Ring over one connection until the block ends, in this thread: for who follows a run, and rings often.

    Without it every ring of a thread that belongs to no event loop makes one, and a connection, of its own.
    """
    with asyncio.Runner() as runner:
        _open_connections.run = runner.run
        try:
            yield
        finally:
            _open_connections.run = None


def group_name(run_id: Any) -> str:
    """The channel layer's group in which a run's viewers wait."""
    return f"run.{run_id}"


def notify_run_changed(*, run_id: Any, last_seq: int) -> None:
    """Tell the run's viewers to look. Never raises: viewers also look on a slow poll."""
    message = {"type": "run.changed", "last_seq": last_seq}
    run = getattr(_open_connections, "run", None)
    try:
        if run is not None:
            run(_send(group_name(run_id), message))
        else:
            async_to_sync(_send)(group_name(run_id), message)
    except Exception as error:  # whatever Redis does, the journal goes on
        log.warning("doorbell unheard", run_id=str(run_id), error=str(error))


async def _send(group: str, message: dict[str, Any]) -> None:
    layer = get_channel_layer()
    async with asyncio.timeout(PATIENCE_SECONDS):
        try:
            await layer.group_send(group, message)
        except redis.ConnectionError:
            # Of one at hand it may only be the old connection that is gone, and is made anew.
            await layer.group_send(group, message)
