"""Hearing the doorbell. A deaf ear (no Redis) costs seconds, never an event: viewers also poll."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any
from weakref import WeakSet

import structlog
from channels.layers import get_channel_layer

from provisioner.runs import notifications

log = structlog.get_logger(__name__)

FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 1.0, 60.0
LEAVE_SECONDS = 2.0

_awake: WeakSet[asyncio.AbstractEventLoop] = WeakSet()


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
    layer, group = get_channel_layer(), notifications.group_name(run_id)
    await _keep_awake(layer)
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


async def _keep_awake(layer: Any) -> None:
    # A layer without any channel looks only every 0.1 s whether it has one by now (channels_redis 4.3, pubsub
    # `_do_receiving`). A program that waits for each page anew would be deaf for as long, each time.
    loop = asyncio.get_running_loop()
    if loop not in _awake:
        await layer.new_channel()
        _awake.add(loop)
