"""Fixtures for the portal: a small blueprint, and alice's environment with a run."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from portal.accounts import tokens
from provisioner.models import CloudAccount, Environment, Run, Team
from provisioner.run_status import RunStatus
from tests.support import stage


@pytest.fixture(autouse=True)
def _portal(settings: Settings, var_dir: Path) -> None:
    folder = Path(__file__).parent / "portal_blueprints"
    settings.BLUEPRINT_FOLDERS = [folder]
    settings.TRUSTED_BLUEPRINT_FOLDERS = [folder]
    settings.STATIC_ROOT = var_dir / "staticfiles"
    settings.STATIC_ROOT.mkdir(exist_ok=True)


@pytest.fixture
def environment(alice: Any, shop: Team, account: CloudAccount) -> Environment:
    """alice's, of team shop, ready."""
    return stage.environment(owner=alice, team=shop, account=account)


@pytest.fixture
def planned_run(environment: Environment) -> Run:
    """A change that alice requested; its plan waits for approval."""
    return stage.run(environment, status=RunStatus.PLANNED)


@pytest.fixture
def applied_run(environment: Environment) -> Run:
    return stage.run(environment, status=RunStatus.APPLIED)


@pytest.fixture
def applying_run(environment: Environment) -> Run:
    return stage.run(environment, status=RunStatus.APPLYING)


class Program(Client):
    """A program that uses the API with a person's token."""

    def __init__(self, person: Any) -> None:
        token = tokens.create(user=person, name="test", now=timezone.now())
        super().__init__(headers={"authorization": f"Bearer {token}"})

    def order(self, **body: Any) -> Any:
        """POST an order of boxes; keywords add to its body or replace parts of it."""
        headers = body.pop("headers", {})
        document = {"blueprint": "boxes", "name": "web-2", "account": "simulated", "inputs": {}} | body
        return self.post("/api/v1/environments/", document, content_type="application/json", headers=headers)


@pytest.fixture
def program(alice: Any, account: CloudAccount) -> Program:
    """alice's program."""
    return Program(alice)
