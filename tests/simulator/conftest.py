from collections.abc import Iterator

import pytest

from tests.simulator import server
from tests.simulator.simulated_time import pass_time


@pytest.fixture(scope="session")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[server.Account]:
    """The simulator, one for the whole session: give your resources unique names."""
    # Other tests cover snapshots. One per request would take much of the time here.
    with server.running(tmp_path_factory.mktemp("account"), "--snapshot-seconds", "3600") as running:
        yield running


@pytest.fixture(scope="session")
def plain_moto() -> Iterator[server.Account]:
    """moto without our patches. A test that shows a gap fails when moto closes it: then remove our patch."""
    moto = server.start_plain_moto()
    yield moto
    moto.kill()


@pytest.fixture(scope="module")
def account_with_latency(tmp_path_factory: pytest.TempPathFactory) -> Iterator[server.Account]:
    with server.running(tmp_path_factory.mktemp("slow"), "--snapshot-seconds", "3600") as running:
        yield running


@pytest.fixture
def slow(account_with_latency: server.Account) -> Iterator[server.Account]:
    """An account as slow as AWS, without scheduled changes."""
    account_with_latency.change_lab("latency", {"scale": 1}, method="PUT")
    yield account_with_latency
    pass_time(account_with_latency)
    account_with_latency.get_lab("resources")
