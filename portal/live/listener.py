"""Receive change notifications. Without Redis viewers poll: events come seconds later, none is lost."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Protocol
from uuid import UUID
from weakref import WeakSet

import structlog
from channels.layers import get_channel_layer

from provisioner.runs import notifications

log = structlog.get_logger(__name__)

FIRST_RETRY_SECONDS, MAX_RETRY_SECONDS = 1.0, 60.0
LEAVE_LIMIT_SECONDS = 2.0


class _ChannelLayer(Protocol):
    async def new_channel(self) -> str: ...
    async def group_add(self, group: str, channel: str) -> None: ...
    async def group_discard(self, group: str, channel: str) -> None: ...
    async def receive(self, channel: str) -> dict[str, object]: ...


_with_channel: WeakSet[asyncio.AbstractEventLoop] = WeakSet()


@contextlib.asynccontextmanager
async def notifications_for(*, run_id: UUID, wake: asyncio.Event) -> AsyncIterator[None]:
    """Inside the block every notification about the run sets `wake`, and so does its start."""
    task = asyncio.create_task(_listen(run_id, wake))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task], timeout=LEAVE_LIMIT_SECONDS)


async def _listen(run_id: UUID, wake: asyncio.Event) -> None:
    retry_seconds = FIRST_RETRY_SECONDS
    while True:
        try:
            await _receive_until_error(run_id, wake)
        except Exception as error:  # whatever Redis or the channel layer does, the viewer polls
            log.info(
                "change notifications not received",
                run_id=str(run_id),
                error=str(error),
                retry_in_seconds=retry_seconds,
            )
        await asyncio.sleep(retry_seconds)
        retry_seconds = min(MAX_RETRY_SECONDS, retry_seconds * 2)


async def _receive_until_error(run_id: UUID, wake: asyncio.Event) -> None:
    layer: _ChannelLayer = get_channel_layer()
    group = notifications.group_name(run_id)
    await _keep_a_channel(layer)
    channel = await layer.new_channel()
    try:
        await layer.group_add(group, channel)
        wake.set()
        while True:
            await layer.receive(channel)
            wake.set()
    finally:
        with contextlib.suppress(Exception):
            async with asyncio.timeout(LEAVE_LIMIT_SECONDS):
                await layer.group_discard(group, channel)


async def _keep_a_channel(layer: _ChannelLayer) -> None:
    # A channel layer without any channel checks only every 0.1 s whether it has one (channels_redis 4.3,
    # pubsub `_do_receiving`). A program that makes a new request for each page would wait as long each time.
    loop = asyncio.get_running_loop()
    if loop not in _with_channel:
        await layer.new_channel()
        _with_channel.add(loop)
