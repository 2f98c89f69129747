"""Change notifications over a real Redis: their connections, a connection that is cut, a subscription."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import redis
from channels.layers import channel_layers
from pytest_django import Settings

from portal.live import listener
from provisioner.runs import notifications
from tests.provisioner.terraform.runs import eventually
from tests.support import processes

NOTIFICATIONS = 5


@pytest.fixture
def server(tmp_path: Path, settings: Settings) -> Iterator[Any]:
    """A connection to the Redis that carries the notifications."""
    with processes.redis_server(tmp_path) as url:
        layer = {
            "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
            "CONFIG": {"hosts": [f"{url}/1"]},
        }
        settings.CHANNEL_LAYERS = {"default": layer}
        channel_layers.backends.clear()
        with redis.Redis.from_url(url) as connection:
            yield connection
    channel_layers.backends.clear()


def connections_made(server: Any) -> int:
    return int(server.info("stats")["total_connections_received"])


def notifications_published(server: Any) -> int:
    return int(server.info("commandstats").get("cmdstat_publish", {"calls": 0})["calls"])


class TestOpenConnection:
    def test_sends_all_notifications_over_one_connection(self, server: Any) -> None:
        before = connections_made(server)

        with notifications.open_connection():
            for number in range(NOTIFICATIONS):
                notifications.notify_run_changed(run_id=uuid4(), last_seq=number)

        assert notifications_published(server) == NOTIFICATIONS
        assert connections_made(server) == before + 1

    def test_is_closed_at_the_end(self, server: Any) -> None:
        with notifications.open_connection():
            notifications.notify_run_changed(run_id=uuid4(), last_seq=1)

        notifications.notify_run_changed(run_id=uuid4(), last_seq=2)

        assert notifications_published(server) == 2
        # Only the connection of this test is left.
        eventually(lambda: len(server.client_list()) == 1)

    def test_is_opened_again_after_it_was_cut(self, server: Any) -> None:
        with notifications.open_connection():
            notifications.notify_run_changed(run_id=uuid4(), last_seq=1)
            server.client_kill_filter(_type="normal", skipme=True)
            notifications.notify_run_changed(run_id=uuid4(), last_seq=2)

        assert notifications_published(server) == 2


async def test_a_viewer_that_leaves_keeps_the_process_subscribed(server: Any) -> None:
    wake, run_id = asyncio.Event(), uuid4()
    async with listener.notifications_for(run_id=run_id, wake=wake):
        await wake.wait()
        while_watching = server.pubsub_channels()

    # Redis learns last that nobody is subscribed to the run any longer.
    async with asyncio.timeout(10):
        while is_subscribed(server, run_id):
            await asyncio.sleep(0.01)
    left = server.pubsub_channels()
    assert len(while_watching) == 3  # the process's, the viewer's, the run's
    assert len(left) == 1
    assert left[0] in while_watching


def is_subscribed(server: Any, run_id: UUID) -> bool:
    return any(str(run_id).encode() in name for name in server.pubsub_channels())
