"""The list of runs: what it shows to whom, and with how many queries."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.accounts.models import User
from provisioner.models import CloudAccount, Environment, Run, Team
from provisioner.run_status import RunStatus
from tests.support import stage


@pytest.fixture
def many(alice: User, shop: Team, account: CloudAccount) -> list[Run]:
    """Six environments of alice, each with one run in a different status."""
    statuses = ("queued", "planning", "planned", "applying", "applied", "failed")
    return [
        stage.run(
            stage.environment(owner=alice, team=shop, account=account, name=f"box-{status}"), status=status
        )
        for status in statuses
    ]


def listed(client: Client, person: User, query: str = "") -> set[str]:
    client.force_login(person)
    response = client.get(f"/runs/?{query}")
    assert response.status_code == 200
    return {run.environment.name.removeprefix("box-") for run in response.context["page"]}


class TestList:
    def test_shows_only_what_a_person_may_see(
        self, client: Client, many: list[Run], bob: User, mallory: User, audrey: User
    ) -> None:
        assert len(listed(client, bob)) == len(listed(client, audrey)) == 6
        assert listed(client, mallory) == set()

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("status=failed", {"failed"}),
            ("status=succeeded", {"applied"}),
            ("status=active", {"queued", "planning", "planned", "applying"}),
            ("q=box-app", {"applied", "applying"}),
            ("q=alice&status=applied", {"applied"}),
            ("q=nobody", set()),
            ("kind=destroy", set()),
            ("team=lab", set()),
        ],
    )
    def test_search_and_filters(
        self, client: Client, many: list[Run], alice: User, query: str, expected: set[str]
    ) -> None:
        assert listed(client, alice, query) == expected

    @pytest.mark.parametrize(
        ("sort", "first"),
        [
            ("", "failed"),
            ("-asked", "failed"),
            ("asked", "queued"),
            ("run", "applied"),
            ("-run", "queued"),
            ("status", "applied"),
            ("-status", "queued"),
            ("took", "failed"),
            ("-took", "planned"),
            ("nonsense", "failed"),
        ],
    )
    def test_sorts_by_its_column_headings(
        self, client: Client, many: list[Run], alice: User, sort: str, first: str
    ) -> None:
        now = timezone.now()
        for status, hours in (("planning", 1), ("planned", 2)):
            Run.objects.filter(status=status).update(started_at=now - timedelta(hours=hours))
        client.force_login(alice)

        response = client.get(f"/runs/?sort={sort}")

        assert response.context["page"][0].environment.name == f"box-{first}"

    def test_keeps_its_order_with_a_filter_and_marks_it(
        self, client: Client, many: list[Run], alice: User
    ) -> None:
        client.force_login(alice)

        page = client.get("/runs/?sort=-run&status=active&page=1").content.decode()

        assert '<th scope="col" aria-sort="descending"><a href="?sort=run&amp;status=active">Run' in page
        assert '<input type="hidden" name="sort" value="-run">' in page

    @pytest.mark.parametrize(
        "query", ["status=%00", "q=%00%27%22", "kind=-1", "page=-7", "page=x", "q=99999999999999999999"]
    )
    def test_ignores_invalid_filters(self, client: Client, many: list[Run], alice: User, query: str) -> None:
        assert len(listed(client, alice, query)) in (0, 6)

    def test_only_my_runs_means_requested_by_me(self, client: Client, many: list[Run], bob: User) -> None:
        stage.run(many[4].environment, by=bob, status=RunStatus.QUEUED)

        assert listed(client, bob, "mine=1") == {"applied"}

    def test_shows_the_queue_and_the_position_of_each_run(
        self, client: Client, many: list[Run], alice: User
    ) -> None:
        client.force_login(alice)

        page = client.get("/runs/").content.decode()

        assert "1 run waiting." in page
        assert "position 1 in the queue" in page

    def test_htmx_gets_only_the_rows(self, client: Client, many: list[Run], alice: User) -> None:
        client.force_login(alice)

        page = client.get("/runs/", headers={"HX-Request": "true"}).content.decode()

        assert page.lstrip().startswith('<div id="runs"')
        assert "<html" not in page

    def test_makes_as_many_queries_for_two_hundred_runs_as_for_six(
        self, client: Client, many: list[Run], alice: User, environment: Environment
    ) -> None:
        client.force_login(alice)
        client.get("/runs/")
        with CaptureQueriesContext(connection) as few:
            client.get("/runs/")
        now = timezone.now()
        Run.objects.bulk_create(
            Run(
                environment=environment,
                number=number,
                kind="update",
                status="applied",
                requested_by=alice,
                queued_at=now,
            )
            for number in range(1000, 1200)
        )

        with CaptureQueriesContext(connection) as lots:
            response = client.get("/runs/")

        assert len(lots) <= len(few) <= 14
        assert len(response.context["page"]) == 50
