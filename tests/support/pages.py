"""Fixtures for pages: the real blueprint, alice's ready environment, and signed-in clients."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from portal import configuration
from provisioner import blueprints
from provisioner.models import CloudAccount, Environment, Team
from provisioner.run_status import EnvironmentStatus

MakeEnvironment = Callable[..., Environment]
Browser = Callable[[Any], Client]


@pytest.fixture(autouse=True)
def _real_blueprint(settings: Settings, _portal: None) -> None:
    settings.BLUEPRINT_FOLDERS = [configuration.ROOT / "terraform_modules"]
    settings.TRUSTED_BLUEPRINT_FOLDERS = []


@pytest.fixture
def browser() -> Browser:
    """`browser(alice)`: a client that is signed in."""

    def signed_in(person: Any) -> Client:
        client = Client()
        client.force_login(person)
        return client

    return signed_in


@pytest.fixture
def make_environment(shop: Team, account: CloudAccount, alice: Any) -> MakeEnvironment:
    """`make_environment("web-1", status="failed")`: by default alice's, of team shop."""
    count = iter(range(20, 256))

    def make(name: str, **columns: Any) -> Environment:
        blueprint = blueprints.load([configuration.ROOT / "terraform_modules"]).blueprints["three_tier"]
        network = f"10.{next(count)}.0.0/16"
        values = {question.name: question.default for question in blueprint.inputs.values()}
        defaults = {
            "team": shop,
            "account": account,
            "owner": alice,
            "blueprint": "three_tier",
            "size": "dev",
            "inputs": values | dict(blueprint.sizes[0].inputs) | {"vpc_cidr": network},
            "networks": [network],
            "status": EnvironmentStatus.READY,
            "created_at": timezone.now(),
        }
        return Environment.objects.create(name=name, **defaults | columns)

    return make


@pytest.fixture
def web(make_environment: MakeEnvironment) -> Environment:
    """alice's, ready, in 10.20.0.0/16."""
    outputs = {
        "app_url": "http://web-1.elb.amazonaws.com",
        "vpc_id": "vpc-0123",
        "nat_public_ips": ["52.1.2.3", "52.1.2.4"],
        "autoscaling_group_name": "web-1-app",
        "session_manager_command": "aws ssm start-session --target INSTANCE_ID",
    }
    return make_environment("web-1", outputs=outputs)
