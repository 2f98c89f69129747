"""The page of one environment."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from portal.accounts.models import User
from provisioner.models import AuditEntry, Environment, StateVersion
from provisioner.run_status import RunStatus
from tests.support import stage
from tests.support.pages import Browser, MakeEnvironment

pytestmark = pytest.mark.django_db


@pytest.fixture
def versions(web: Environment) -> list[StateVersion]:
    """Two versions of web's state, the second with three resources and a data source."""
    resources = [
        {"address": "aws_vpc.this", "type": "aws_vpc", "mode": "managed", "id": "vpc-0123"},
        {"address": "aws_subnet.app[0]", "type": "aws_subnet", "mode": "managed", "id": "subnet-1"},
        {"address": "aws_subnet.app[1]", "type": "aws_subnet", "mode": "managed", "id": None},
        {"address": "data.aws_region.current", "type": "aws_region", "mode": "data", "id": "r"},
    ]
    run = stage.run(web, status=RunStatus.APPLIED)
    return [
        StateVersion.objects.create(
            environment=web,
            run=run,
            version_id=f"v{serial}",
            serial=serial,
            lineage="one",
            size_bytes=2048,
            written_at=timezone.now(),
            resources=resources if serial == 2 else [],
        )
        for serial in (1, 2)
    ]


def page_of(environment: Environment, tab: str = "") -> str:
    return f"/environments/{environment.pk}/{f'?tab={tab}' if tab else ''}"


def test_outputs_have_copy_buttons_and_the_address_comes_first(
    browser: Browser, alice: User, web: Environment
) -> None:
    response = browser(alice).get(page_of(web))

    page = response.content.decode()
    assert [output.name for output in response.context["primary_outputs"]] == ["app_url"]
    assert 'data-copy="http://web-1.elb.amazonaws.com"' in page
    assert 'data-copy="52.1.2.4"' in page


def test_an_output_that_is_not_a_web_address_is_not_a_link(
    browser: Browser, alice: User, web: Environment
) -> None:
    web.outputs = {"app_url": "javascript:alert(1)", "vpc_id": "<script>alert(1)</script>"}
    web.save()

    page = browser(alice).get(page_of(web)).content.decode()

    assert 'href="javascript' not in page
    assert "<script>alert" not in page


def test_another_teams_environment_gives_404_and_an_audit_entry(
    browser: Browser, mallory: User, web: Environment
) -> None:
    response = browser(mallory).get(page_of(web))

    assert response.status_code == 404
    denied = AuditEntry.objects.get(result="denied")
    assert (denied.actor, denied.object_name) == ("mallory", "web-1")


@pytest.mark.parametrize("tab", ["overview", "resources", "state", "runs", "nonsense"])
@pytest.mark.parametrize("status", ["ready", "creating", "failed", "needs_attention", "destroyed"])
def test_every_tab_works_in_every_status(
    browser: Browser, alice: User, make_environment: MakeEnvironment, tab: str, status: str
) -> None:
    environment = make_environment("bare", status=status)

    response = browser(alice).get(page_of(environment, tab))

    assert response.status_code == 200


def test_every_tab_has_its_own_title(browser: Browser, alice: User, web: Environment) -> None:
    pages = [
        browser(alice).get(page_of(web, tab)).content.decode()
        for tab in ("overview", "resources", "state", "runs")
    ]

    titles = [page.partition("<title>")[2].partition("</title>")[0] for page in pages]
    assert titles == ["web-1: overview", "web-1: resources", "web-1: state", "web-1: runs"]


def test_resources_are_those_of_the_newest_state_grouped_by_type(
    browser: Browser, alice: User, web: Environment, versions: list[StateVersion]
) -> None:
    response = browser(alice).get(page_of(web, "resources"))

    groups = {group.type: len(group.resources) for group in response.context["groups"]}
    assert groups == {"aws_subnet": 2, "aws_vpc": 1}
    assert "State serial 2" in response.content.decode()


def test_state_versions_name_their_run(
    browser: Browser, alice: User, web: Environment, versions: list[StateVersion]
) -> None:
    page = browser(alice).get(page_of(web, "state")).content.decode()

    assert "Update #1" in page
    assert "v1" in page
    assert "v2" in page


def test_the_number_of_queries_does_not_grow_with_the_number_of_runs(
    browser: Browser, alice: User, web: Environment, django_assert_num_queries: Any
) -> None:
    client = browser(alice)
    stage.run(web, status=RunStatus.APPLIED)
    with CaptureQueriesContext(connection) as few:
        client.get(page_of(web, "runs"))
    for _ in range(8):
        stage.run(web, status=RunStatus.APPLIED)

    with django_assert_num_queries(len(few)):
        client.get(page_of(web, "runs"))

    assert len(few) <= 16


def test_an_active_run_is_shown_and_disables_the_buttons_with_a_reason(
    browser: Browser, alice: User, web: Environment
) -> None:
    run = stage.run(web, status=RunStatus.APPLYING)

    page = browser(alice).get(page_of(web)).content.decode()

    assert f"/runs/{run.pk}/" in page
    assert "Wait for run 1 of this environment, which is applying." in page
    assert f"/environments/{web.pk}/destroy/" not in page


def test_an_auditor_sees_why_the_buttons_are_disabled(
    browser: Browser, audrey: User, web: Environment
) -> None:
    page = browser(audrey).get(page_of(web)).content.decode()

    assert "You cannot destroy environments of team Shop." in page
    assert f"/environments/{web.pk}/change/" not in page


def test_the_head_refreshes_during_work_and_then_reloads_the_page(
    browser: Browser, alice: User, web: Environment
) -> None:
    client = browser(alice)
    run = stage.run(web, status=RunStatus.APPLYING)
    address = f"/environments/{web.pk}/status/?was=updating"

    working = client.get(address)
    stage.move(run, RunStatus.APPLIED)
    done = client.get(address)

    assert address in working.content.decode()
    assert "HX-Refresh" not in working
    assert done["HX-Refresh"] == "true"


def test_a_lost_environment_is_explained(browser: Browser, alice: User, web: Environment) -> None:
    web.lost_at = timezone.now()
    web.save()

    page = browser(alice).get(page_of(web)).content.decode()

    assert "This environment is lost." in page
    assert "Destroy the environment to free its name" in page


def test_an_account_that_does_not_respond_is_reported(
    browser: Browser, alice: User, web: Environment, settings: Settings
) -> None:
    settings.SIMULATED_AWS_ENDPOINT = "http://127.0.0.1:9"

    response = browser(alice).get(f"/environments/{web.pk}/instances/")

    assert response.status_code == 200
    assert "does not answer at http://127.0.0.1:9" in response.content.decode()


def test_the_page_works_without_the_blueprint(
    browser: Browser, alice: User, web: Environment, settings: Settings
) -> None:
    settings.BLUEPRINT_FOLDERS = []

    response = browser(alice).get(page_of(web))

    assert response.status_code == 200
    assert "vpc-0123" in response.content.decode()
    assert web.networks[0] not in response.content.decode()  # an input, and any of them may be secret


LAB = "http://127.0.0.1:4566/_lab/"


class TestLabLink:
    def test_is_shown_for_a_simulated_account(
        self, browser: Browser, alice: User, web: Environment, settings: Settings
    ) -> None:
        # The workers use another address for it.
        settings.SIMULATED_AWS_ENDPOINT = "http://aws:4566"
        settings.LAB_URL, settings.PORTAL_URL = "http://127.0.0.1:4566", "http://localhost:8000"

        page = browser(alice).get(page_of(web)).content.decode()

        assert web.account.kind == "simulated"
        assert f'href="{LAB}"' in page

    @pytest.mark.parametrize(
        ("kind", "portal_url"),
        [("aws", "http://localhost:8000"), ("simulated", "https://portal.example.com")],
    )
    def test_is_not_shown_for_aws_or_if_the_browser_cannot_reach_it(
        self, browser: Browser, alice: User, web: Environment, settings: Settings, kind: str, portal_url: str
    ) -> None:
        settings.LAB_URL, settings.PORTAL_URL = "http://127.0.0.1:4566", portal_url
        web.account.kind = kind
        web.account.save()

        assert "/_lab/" not in browser(alice).get(page_of(web)).content.decode()
