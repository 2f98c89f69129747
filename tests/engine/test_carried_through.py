"""Runs carried from the order to their end by the worker's own code, with real Terraform and a state in S3."""

from typing import Any

import pytest
from django.utils import timezone

from provisioner import events, execution, operations, preparation, trail
from provisioner.models import Environment, Run, RunEvent, StateVersion
from provisioner.run_status import EnvironmentStatus, RunStatus
from tests.engine.conftest import PlaceOrder

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _cloud(aws_endpoint: str, settings: Any) -> None:
    settings.SIMULATED_AWS_ENDPOINT = aws_endpoint


def carried(run: Run) -> Run:
    execution.advance(run_id=run.pk)
    return Run.objects.select_related("environment").get(pk=run.pk)


def test_a_create_ends_applied_and_its_environment_ready(place_order: PlaceOrder) -> None:
    ordered = place_order(greeting="good morning")

    run = carried(ordered)

    assert (run.status, run.reason) == (RunStatus.APPLIED, "")
    assert run.environment.status == EnvironmentStatus.READY
    assert run.environment.outputs == {"greeting": "good morning"}
    assert run.plan_summary["add"] == 2
    assert not preparation.directory_of(run).exists()
