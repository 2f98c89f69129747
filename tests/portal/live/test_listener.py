"""Ringing and hearing, with a real Redis: what a ring costs, a line that was cut, an ear that stays open."""

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

RINGS = 5


@pytest.fixture
def server(tmp_path: Path, settings: Settings) -> Iterator[Any]:
    """A connection to the Redis over which the doorbell rings."""
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


def rings_heard(server: Any) -> int:
    return int(server.info("commandstats").get("cmdstat_publish", {"calls": 0})["calls"])


class TestADoorbellAtHand:
    def test_rings_over_one_connection(self, server: Any) -> None:
        before = connections_made(server)

        with notifications.open_connection():
            for number in range(RINGS):
                notifications.notify_run_changed(run_id=uuid4(), last_seq=number)

        assert rings_heard(server) == RINGS
        assert connections_made(server) == before + 1

    def test_is_put_away_at_the_end(self, server: Any) -> None:
        with notifications.open_connection():
            notifications.notify_run_changed(run_id=uuid4(), last_seq=1)

        notifications.notify_run_changed(run_id=uuid4(), last_seq=2)

        assert rings_heard(server) == 2
        # Of the connections only the one that asks is left.
        eventually(lambda: len(server.client_list()) == 1)

    def test_rings_on_after_its_line_was_cut(self, server: Any) -> None:
        with notifications.open_connection():
            notifications.notify_run_changed(run_id=uuid4(), last_seq=1)
            server.client_kill_filter(_type="normal", skipme=True)
            notifications.notify_run_changed(run_id=uuid4(), last_seq=2)

        assert rings_heard(server) == 2


async def test_a_viewer_who_left_leaves_the_process_listening(server: Any) -> None:
    wake, run_id = asyncio.Event(), uuid4()
    async with listener.heard(run_id=run_id, wake=wake):
        await wake.wait()
        while_heard = server.pubsub_channels()

    # Redis learns last of all, and on its own time, that nobody listens to the run.
    async with asyncio.timeout(10):
        while is_heard(server, run_id):
            await asyncio.sleep(0.01)
    left = server.pubsub_channels()
    assert len(while_heard) == 3  # the process's, the viewer's, the run's
    assert len(left) == 1
    assert left[0] in while_heard


def is_heard(server: Any, run_id: UUID) -> bool:
    return any(str(run_id).encode() in name for name in server.pubsub_channels())
