"""Fixtures for faults: orders of the engine's small blueprint, and the invariants after each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from provisioner.models import Run
from tests.faults import invariants, streams
from tests.faults.proxy import Proxy
from tests.support import processes
from tests.support.engine import (  # noqa: F401
    PlaceOrder,
    _no_process_left,
    _small_blueprints,
    aws_endpoint,
    cloud,
    pieces,
    place_order,
)
from tests.support.live import _no_connection_left_open  # noqa: F401


@pytest.fixture(autouse=True)
def _streams_kept(_embedded: None) -> Iterator[None]:
    """Keep what Terraform wrote, to compare it with the stored events after the workspace is removed."""
    with streams.kept():
        yield


@pytest.fixture
def invariants_hold(transactional_db: None, cloud: None) -> Iterator[None]:  # noqa: F811
    """Check the invariants at the end of the test."""
    yield
    assert invariants.violations() == []


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    """The file that gated applies wait for."""
    return tmp_path / "gate"


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """The side-effect file: one line per create."""
    return tmp_path / "made"


@pytest.fixture
def gated(place_order: PlaceOrder, gate: Path, made: Path) -> Run:  # noqa: F811
    """A run whose apply notes that it was made, then waits for the gate."""
    return place_order(command=f"echo web-1 >> {made}; while [ ! -e {gate} ]; do sleep 0.05; done; echo done")


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    with processes.redis_server(tmp_path) as url:
        yield url


@pytest.fixture
def bucket_proxy(aws_endpoint: str, settings: Settings) -> Iterator[Proxy]:  # noqa: F811
    """A proxy in front of the account, for the portal and for Terraform."""
    port = int(aws_endpoint.rpartition(":")[2])
    with Proxy(("127.0.0.1", port)) as proxy:
        settings.SIMULATED_AWS_ENDPOINT = f"http://127.0.0.1:{proxy.port}"
        yield proxy
        proxy.heal()
        settings.SIMULATED_AWS_ENDPOINT = aws_endpoint
