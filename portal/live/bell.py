"""Hearing the doorbell. A deaf ear (no Redis) costs seconds, never an event: viewers also poll."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import structlog
from channels.layers import get_channel_layer

from provisioner import doorbell

log = structlog.get_logger(__name__)

FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 1.0, 60.0
LEAVE_SECONDS = 2.0


@contextlib.asynccontextmanager
async def heard(*, run_id: Any, wake: asyncio.Event) -> AsyncIterator[None]:
    """While inside, every ring for the run sets `wake`; so does the moment from which rings are heard."""
    task = asyncio.create_task(_listen(run_id, wake))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task], timeout=LEAVE_SECONDS)


async def _listen(run_id: Any, wake: asyncio.Event) -> None:
    wait = FIRST_WAIT_SECONDS
    while True:
        try:
            await _until_broken(run_id, wake)
        except Exception as error:  # whatever Redis or the layer does, the viewer polls
            log.info("doorbell not heard", run_id=str(run_id), error=str(error), again_in_seconds=wait)
        await asyncio.sleep(wait)
        wait = min(LONGEST_WAIT_SECONDS, wait * 2)


async def _until_broken(run_id: Any, wake: asyncio.Event) -> None:
    layer, group = get_channel_layer(), doorbell.group_of(run_id)
    channel = await layer.new_channel()
    try:
        await layer.group_add(group, channel)
        wake.set()
        while True:
            await layer.receive(channel)
            wake.set()
    finally:
        with contextlib.suppress(Exception):
            async with asyncio.timeout(LEAVE_SECONDS):
                await layer.group_discard(group, channel)
