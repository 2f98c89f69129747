from collections.abc import Iterator

import pytest

from tests.simulator import server
from tests.simulator.passing_time import let_time_pass


@pytest.fixture(scope="session")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[server.Account]:
    """Our simulator, one for the whole session: give what you create a name of its own."""
    # Snapshots have tests of their own; one for each of some hundred requests would be much of the time.
    with server.running(tmp_path_factory.mktemp("account"), "--snapshot-seconds", "3600") as ours:
        yield ours


@pytest.fixture(scope="session")
def moto_alone() -> Iterator[server.Account]:
    """moto as released. A test that finds a gap here fails on the day moto closes it: then drop our patch."""
    plain = server.start_plain_moto()
    yield plain
    plain.kill()


@pytest.fixture(scope="module")
def account_in_time(tmp_path_factory: pytest.TempPathFactory) -> Iterator[server.Account]:
    with server.running(tmp_path_factory.mktemp("slow"), "--snapshot-seconds", "3600") as ours:
        yield ours


@pytest.fixture
def slow(account_in_time: server.Account) -> Iterator[server.Account]:
    """An account as slow as AWS, in which nothing is under way."""
    account_in_time.tell("latency", {"scale": 1}, method="PUT")
    yield account_in_time
    let_time_pass(account_in_time)
    account_in_time.lab("resources")
