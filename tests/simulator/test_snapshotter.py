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
from simulator.request_lock import RequestLock
from simulator.snapshotter import Snapshotter
from tests.simulator import server
from tests.simulator.server import wait_for


@pytest.fixture
def backend() -> Iterator[Any]:
    """A small moto backend in this process, for attributes that are hard to pickle."""
    yield sqs_backends["111122223333"]["ap-northeast-2"]
    BackendDict.reset()


class CountingLock(RequestLock):
    """Counts the attempts to write a snapshot."""

    attempts = 0

    @contextmanager
    def exclusive(self, *, limit_seconds: float) -> Iterator[None]:
        self.attempts += 1
        with super().exclusive(limit_seconds=limit_seconds):
            yield


@pytest.fixture
def request_lock() -> CountingLock:
    return CountingLock()


@pytest.fixture
def snapshotter(
    tmp_path: Path, request_lock: RequestLock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Snapshotter]:
    monkeypatch.setattr("simulator.snapshotter.RETRY_SECONDS", 0.01)
    limit = sys.getrecursionlimit()
    started = Snapshotter(
        identity=account.open_account(tmp_path),
        directory=tmp_path,
        request_lock=request_lock,
        snapshot_seconds=0,
    )
    started.start()
    yield started
    started.close()
    sys.setrecursionlimit(limit)


def error_of(snapshotter: Snapshotter) -> Any:
    return snapshotter.identity()["snapshot_error"]


class TestFailingSnapshot:
    def test_does_not_block_responses_and_is_reported(self, backend: Any, snapshotter: Snapshotter) -> None:
        backend.odd = (letter for letter in "abc")

        snapshotter.wait_until_saved(snapshotter.record_change())

        assert "cannot pickle 'generator' object" in error_of(snapshotter)
        assert snapshotter.identity()["revision"] == 0

    def test_is_logged_once_for_all_attempts(
        self,
        backend: Any,
        snapshotter: Snapshotter,
        request_lock: CountingLock,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        backend.odd = (letter for letter in "abc")

        with caplog.at_level(logging.WARNING):
            snapshotter.wait_until_saved(snapshotter.record_change())
            wait_for(lambda: request_lock.attempts > 2)

        [message] = caplog.messages
        assert message.startswith("cannot save the account: TypeError")

    def test_is_retried_until_it_succeeds(self, backend: Any, snapshotter: Snapshotter) -> None:
        backend.odd = (letter for letter in "abc")
        snapshotter.wait_until_saved(snapshotter.record_change())

        del backend.odd

        wait_for(lambda: error_of(snapshotter) is None)
        assert snapshotter.identity()["revision"] == 1

    def test_does_not_stop_the_account(self, tmp_path: Path) -> None:
        first = server.start(tmp_path)
        blocking_folder = tmp_path / "account.snapshot.new"
        blocking_folder.mkdir()

        vpc = first.client("ec2").create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
        found = first.client("ec2").describe_vpcs(VpcIds=[vpc])["Vpcs"]
        why = first.get_lab("account")["snapshot_error"]
        shutil.rmtree(blocking_folder)
        wait_for(lambda: first.get_lab("account")["snapshot_error"] is None)
        first.kill()

        assert [each["VpcId"] for each in found] == [vpc]
        assert why.startswith("IsADirectoryError")
        with server.running(tmp_path) as second:
            assert second.client("ec2").describe_vpcs(VpcIds=[vpc])["Vpcs"]
            assert second.get_lab("account")["snapshot_error"] is None
