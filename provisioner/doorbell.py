"""The doorbell: "run X changed, go and look". Carries no data anybody relies on; may be lost."""

import asyncio
from typing import Any

import structlog
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer

log = structlog.get_logger(__name__)

# A Redis that accepts and never answers must hold up neither a click nor the journal.
PATIENCE_SECONDS = 0.5


def group_of(run_id: Any) -> str:
    """The channel layer's group in which a run's viewers wait."""
    return f"run.{run_id}"


def ring(*, run_id: Any, last_seq: int) -> None:
    """Tell the run's viewers to look. Never raises: viewers also look on a slow poll."""
    message = {"type": "run.changed", "last_seq": last_seq}
    try:
        async_to_sync(_send)(group_of(run_id), message)
    except Exception as error:  # whatever Redis does, the journal goes on
        log.warning("doorbell unheard", run_id=str(run_id), error=str(error))


async def _send(group: str, message: dict[str, Any]) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        await get_channel_layer().group_send(group, message)
