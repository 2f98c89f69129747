"""A socket while the database is away."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError
from django.db.backends.signals import connection_created

from portal.accounts.models import User
from portal.live import close_codes, hub
from provisioner.models import Run
from tests.portal.live.viewer import Viewer
from tests.support import stage

pytestmark = pytest.mark.django_db(transaction=True)

Away = Callable[[], Any]


@pytest.fixture
def away() -> Away:
    """`with away():` no socket can connect to the database."""

    @contextmanager
    def is_away() -> Iterator[None]:
        connection_created.connect(refuse)
        yield
        connection_created.disconnect(refuse)

    def refuse(**kwargs: object) -> None:
        if threading.current_thread().name.startswith("live-database"):
            raise OperationalError("connection refused")

    return is_away


async def test_an_open_socket_reports_it_and_misses_no_event(
    applying_run: Run, alice: User, away: Away, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ACTIVE_POLL_SECONDS", "OUTAGE_RETRY_SECONDS"):
        monkeypatch.setattr(hub, name, 0.05)
    async with Viewer(applying_run.pk, alice) as viewer:
        await viewer.events(up_to=applying_run.last_seq)
        with away():
            heartbeat = await viewer.frame()
            await sync_to_async(stage.say)(applying_run, "meanwhile")
        [event] = await viewer.events(up_to=applying_run.last_seq + 1)

    assert (heartbeat["alive"], heartbeat["worker"], heartbeat["events"]) == (True, "unknown", [])
    assert event["message"] == "meanwhile"


async def test_a_new_socket_is_closed_with_try_later(applying_run: Run, alice: User, away: Away) -> None:
    with away():
        async with Viewer(applying_run.pk, alice) as viewer:
            assert await viewer.closing() == close_codes.TRY_LATER == 1013
