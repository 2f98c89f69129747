"""The private instances with their commands, from a running simulated account."""

from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import Settings

from portal.accounts.models import User
from provisioner.models import Environment
from tests.simulator import server
from tests.simulator.groups import create_group, instance_ids
from tests.support.pages import Browser

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[server.Account]:
    with server.running(tmp_path_factory.mktemp("account")) as running:
        yield running


@pytest.fixture
def settings_of_cloud(settings: Settings, cloud: server.Account) -> server.Account:
    settings.SIMULATED_AWS_ENDPOINT = cloud.url
    return cloud


def instances_of(web: Environment, group: str, client: Any) -> str:
    web.outputs = web.outputs | {"autoscaling_group_name": group}
    web.save()
    page: str = client.get(f"/environments/{web.pk}/instances/").content.decode()
    return page


def test_each_instance_has_its_command(
    browser: Browser, alice: User, web: Environment, settings_of_cloud: server.Account
) -> None:
    group = create_group(settings_of_cloud, size=2)

    page = instances_of(web, group, browser(alice))

    ids = instance_ids(settings_of_cloud, group)
    assert len(ids) == 2
    for identifier in ids:
        assert f"aws ssm start-session --region ap-northeast-2 --target {identifier}" in page
    assert "have no shell" in page


def test_a_deleted_group_is_named(
    browser: Browser, alice: User, web: Environment, settings_of_cloud: server.Account
) -> None:
    page = instances_of(web, "no-such-group", browser(alice))

    assert "The Auto Scaling group no-such-group no longer exists in the account." in page


def test_a_person_outside_the_team_gets_404(
    browser: Browser, mallory: User, web: Environment, settings_of_cloud: server.Account
) -> None:
    response = browser(mallory).get(f"/environments/{web.pk}/instances/")

    assert response.status_code == 404
