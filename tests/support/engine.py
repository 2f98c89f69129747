"""Orders of a small blueprint, and a moto server for its state."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from moto.server import ThreadedMotoServer
from pytest_django import Settings

from provisioner import blueprints, catalogue, operations
from provisioner.models import CloudAccount, Run, Team
from provisioner.run_status import RunStatus
from provisioner.runs import lifecycle
from provisioner.terraform import lock
from provisioner.worker import execution
from tests.provisioner.terraform.runs import kill_all

PlaceOrder = Callable[..., Run]
BLUEPRINTS = Path(__file__).parent / "engine_blueprints"


@pytest.fixture(scope="session")
def aws_endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(autouse=True)
def _small_blueprints(settings: Settings) -> None:
    settings.BLUEPRINT_FOLDERS = [BLUEPRINTS]
    settings.TRUSTED_BLUEPRINT_FOLDERS = [BLUEPRINTS]


@pytest.fixture(autouse=True)
def _no_process_left(var_dir: Path) -> Iterator[None]:
    """Kill processes that a failed test left, which would wait for their gate forever."""
    yield
    for directory in (var_dir / "runs").glob("*"):
        if lock.is_held(directory):
            kill_all(directory)


@pytest.fixture
def pieces() -> blueprints.Blueprint:
    found = catalogue.blueprint("pieces")
    assert found, catalogue.offered().mistakes
    return found


@pytest.fixture
def place_order(pieces: blueprints.Blueprint, account: CloudAccount, shop: Team, alice: Any) -> PlaceOrder:
    """`place_order(name="web-1", size="small", key="", greeting="hi")`: the run of alice's order."""

    def place(
        *, name: str = "web-1", size: str = "small", key: str = "", by: Any = None, **answers: Any
    ) -> Run:
        request = operations.OrderRequest(
            blueprint=pieces.slug,
            name=name,
            inputs=answers,
            by=by or alice,
            team=shop.slug,
            account=account.slug,
            size=size,
            key=key,
        )
        return operations.order(request, now=timezone.now())

    return place


@pytest.fixture
def cloud(aws_endpoint: str, settings: Settings) -> None:
    """The simulated account has a server."""
    settings.SIMULATED_AWS_ENDPOINT = aws_endpoint


def executed(run: Run) -> Run:
    """The run after the worker's code has executed it as far as possible."""
    execution.advance(run_id=run.pk)
    return Run.objects.select_related("environment").get(pk=run.pk)


def eventually(condition: Callable[[], Any], *, limit_seconds: float = 90) -> Any:
    """Wait until the condition is true. Returns its value."""
    give_up_at = time.monotonic() + limit_seconds
    while not (value := condition()):
        assert time.monotonic() < give_up_at, "the condition did not become true in time"
        time.sleep(0.05)
    return value


S = RunStatus
PATHS = {
    S.QUEUED: [],
    S.PLANNING: [S.PLANNING],
    S.PLANNED: [S.PLANNING, S.PLANNED],
    S.APPROVED: [S.PLANNING, S.PLANNED, S.APPROVED],
    S.APPLYING: [S.PLANNING, S.PLANNED, S.APPROVED, S.APPLYING],
    S.APPLIED: [S.PLANNING, S.PLANNED, S.APPROVED, S.APPLYING, S.APPLIED],
    S.UNCHANGED: [S.PLANNING, S.UNCHANGED],
    S.DISCARDED: [S.PLANNING, S.PLANNED, S.DISCARDED],
    S.EXPIRED: [S.PLANNING, S.PLANNED, S.EXPIRED],
    S.CANCELLED: [S.CANCELLED],
    S.FAILED: [S.PLANNING, S.FAILED],
    S.NEEDS_ATTENTION: [S.PLANNING, S.NEEDS_ATTENTION],
}


def brought_to(run: Run, status: RunStatus) -> Run:
    """The run after moves to this status, without Terraform or a workspace."""
    for step in PATHS[status]:
        columns: dict[str, Any] = {"plan_sha256": "a" * 64} if step == S.PLANNED else {}
        columns |= {"plan_consumed_at": timezone.now()} if step == S.APPLYING else {}
        lifecycle.move(run_id=run.pk, to=lifecycle.Move(to=step, columns=columns), now=timezone.now())
    run.refresh_from_db()
    return run


def finished(run: Run) -> Run:
    """The run as applied, without Terraform."""
    return brought_to(run, RunStatus.APPLIED)


def change(created: Run, by: Any, *, key: str = "", **answers: Any) -> Run:
    """Change the run's environment to the run's values and these."""
    return operations.change(
        operations.ChangeRequest(
            environment_id=created.environment_id,
            size=created.size,
            inputs=created.inputs | answers,
            by=by,
            key=key,
        ),
        now=timezone.now(),
    )
