import logging
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from moto.core.base_backend import BackendDict
from moto.sqs.models import sqs_backends

from simulator import account
from simulator.gate import Gate
from simulator.snapshotter import Snapshotter
from tests.simulator import server
from tests.simulator.server import wait_for


@pytest.fixture
def backend() -> Iterator[Any]:
    """A small backend of moto in this process, to hang odd things on."""
    yield sqs_backends["111122223333"]["ap-northeast-2"]
    BackendDict.reset()


class CountingGate(Gate):
    """Knows how many snapshots were tried."""

    tries = 0

    @contextmanager
    def alone(self, *, limit_seconds: float) -> Iterator[None]:
        self.tries += 1
        with super().alone(limit_seconds=limit_seconds):
            yield


@pytest.fixture
def gate() -> CountingGate:
    return CountingGate()


@pytest.fixture
def keeper(tmp_path: Path, gate: Gate, monkeypatch: pytest.MonkeyPatch) -> Iterator[Snapshotter]:
    monkeypatch.setattr("simulator.snapshotter.RETRY_SECONDS", 0.01)
    limit = sys.getrecursionlimit()
    ours = Snapshotter(
        identity=account.open_account(tmp_path), directory=tmp_path, gate=gate, snapshot_seconds=0
    )
    ours.start()
    yield ours
    ours.close()
    sys.setrecursionlimit(limit)


def error_of(keeper: Snapshotter) -> Any:
    return keeper.identity()["snapshot_error"]


class TestSnapshotThatFails:
    def test_lets_go_who_waits_and_says_why(self, backend: Any, keeper: Snapshotter) -> None:
        backend.odd = (letter for letter in "abc")

        keeper.wait_until_kept(keeper.changed())

        assert "cannot pickle 'generator' object" in error_of(keeper)
        assert keeper.identity()["revision"] == 0

    def test_is_told_once_however_often_it_is_tried(
        self, backend: Any, keeper: Snapshotter, gate: CountingGate, caplog: pytest.LogCaptureFixture
    ) -> None:
        backend.odd = (letter for letter in "abc")

        with caplog.at_level(logging.WARNING):
            keeper.wait_until_kept(keeper.changed())
            wait_for(lambda: gate.tries > 2)

        [told] = caplog.messages
        assert told.startswith("the account is not being kept: TypeError")

    def test_is_tried_again_until_it_succeeds(self, backend: Any, keeper: Snapshotter) -> None:
        backend.odd = (letter for letter in "abc")
        keeper.wait_until_kept(keeper.changed())

        del backend.odd

        wait_for(lambda: error_of(keeper) is None)
        assert keeper.identity()["revision"] == 1

    def test_does_not_stop_the_account(self, tmp_path: Path) -> None:
        first = server.start(tmp_path)
        no_place = tmp_path / "account.snapshot.new"
        no_place.mkdir()

        vpc = first.client("ec2").create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
        found = first.client("ec2").describe_vpcs(VpcIds=[vpc])["Vpcs"]
        why = first.lab("account")["snapshot_error"]
        shutil.rmtree(no_place)
        wait_for(lambda: first.lab("account")["snapshot_error"] is None)
        first.kill()

        assert [each["VpcId"] for each in found] == [vpc]
        assert why.startswith("IsADirectoryError")
        with server.running(tmp_path) as second:
            assert second.client("ec2").describe_vpcs(VpcIds=[vpc])["Vpcs"]
            assert second.lab("account")["snapshot_error"] is None
