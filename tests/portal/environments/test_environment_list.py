"""The list of environments: what it shows to whom, and with how many queries."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from portal.accounts.models import User
from provisioner.models import CloudAccount, Environment, Team
from provisioner.run_status import RunStatus
from tests.support import stage
from tests.support.pages import Browser, MakeEnvironment

pytestmark = pytest.mark.django_db


def names(response: Any) -> list[str]:
    return [environment.name for environment in response.context["listing"].page]


def test_it_links_to_the_catalog_while_it_is_empty(browser: Browser, alice: User) -> None:
    page = browser(alice).get("/").content.decode()

    assert "No environments yet" in page
    assert 'href="/catalogue/"' in page


def test_it_shows_only_the_environments_of_the_persons_teams(
    browser: Browser,
    alice: User,
    mallory: User,
    lab: Team,
    web: Environment,
    make_environment: MakeEnvironment,
) -> None:
    make_environment("secret-lab", team=lab, owner=mallory)

    assert names(browser(alice).get("/")) == ["web-1"]
    assert names(browser(mallory).get("/")) == ["secret-lab"]


def test_it_shows_everything_to_an_operator(
    browser: Browser, oscar: User, lab: Team, web: Environment, make_environment: MakeEnvironment
) -> None:
    make_environment("other", team=lab)

    assert set(names(browser(oscar).get("/"))) == {"web-1", "other"}


def test_it_hides_destroyed_environments_by_default(
    browser: Browser, alice: User, make_environment: MakeEnvironment
) -> None:
    make_environment("here")
    make_environment("gone", status="destroyed")

    assert names(browser(alice).get("/")) == ["here"]
    assert names(browser(alice).get("/?status=destroyed")) == ["gone"]


def test_it_offers_an_order_only_to_people_who_may_order(
    browser: Browser, alice: User, audrey: User, web: Environment
) -> None:
    button = "Order an environment"

    assert button in browser(alice).get("/").content.decode()
    assert button not in browser(audrey).get("/").content.decode()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=shop", {"shop-dev", "shop-live"}),
        ("q=SHOP-D", {"shop-dev"}),
        ("status=trouble", {"basket"}),
        ("status=failed", {"basket"}),
        ("status=working", {"shop-live"}),
        ("team=lab", set()),
        ("account=simulated", {"shop-dev", "shop-live", "basket"}),
        ("account=other", set()),
        ("status=nonsense&sort=nonsense&page=99", {"shop-dev", "shop-live", "basket"}),
        ("q=%00", {"shop-dev", "shop-live", "basket"}),
    ],
)
def test_filters_narrow_it(
    browser: Browser, alice: User, make_environment: MakeEnvironment, query: str, expected: set[str]
) -> None:
    make_environment("shop-dev")
    make_environment("shop-live", status="updating")
    make_environment("basket", status="failed")

    response = browser(alice).get(f"/?{query}")

    assert set(names(response)) == expected
    assert expected or "Clear the filters" in response.content.decode()


@pytest.mark.parametrize(
    ("sort", "first"), [("name", "aa"), ("-name", "zz"), ("status", "zz"), ("-age", "zz")]
)
def test_it_sorts_by_its_column_headings(
    browser: Browser, alice: User, make_environment: MakeEnvironment, sort: str, first: str
) -> None:
    make_environment("zz", status="failed")
    make_environment("aa")

    response = browser(alice).get(f"/?sort={sort}")

    assert names(response)[0] == first


def test_it_shows_twenty_five_per_page(
    browser: Browser, alice: User, make_environment: MakeEnvironment
) -> None:
    for number in range(27):
        make_environment(f"web-{number:02}")

    first, second = browser(alice).get("/?sort=name"), browser(alice).get("/?sort=name&page=2")

    assert len(names(first)) == 25
    assert names(second) == ["web-25", "web-26"]
    assert "1 to 25 shown" in first.content.decode()
    assert "27 environments" in first.content.decode()


def test_the_number_of_queries_does_not_grow_with_its_length(
    browser: Browser, alice: User, make_environment: MakeEnvironment, django_assert_num_queries: Any
) -> None:
    client = browser(alice)
    stage.run(make_environment("first"), status=RunStatus.APPLYING)
    with CaptureQueriesContext(connection) as few:
        client.get("/")
    for number in range(20):
        stage.run(make_environment(f"web-{number}"), status=RunStatus.PLANNED)

    with django_assert_num_queries(len(few)):
        response = client.get("/")

    assert len(names(response)) == 21
    assert len(few) <= 12


def test_htmx_gets_only_the_rows(browser: Browser, alice: User, web: Environment) -> None:
    page = browser(alice).get("/?q=web", headers={"HX-Request": "true", "HX-Target": "list"}).content.decode()

    assert "web-1" in page
    assert "<html" not in page
    assert 'hx-swap-oob="true"' in page
    assert "?q=web&amp;status=ready" in page  # the tabs keep the search


def test_rows_in_progress_are_refreshed_until_none_is_left(
    browser: Browser, alice: User, web: Environment
) -> None:
    client = browser(alice)
    run = stage.run(web, status=RunStatus.APPLYING)
    listed = client.get("/").content.decode()
    address = f"/environments/pulse/?id={web.pk}"
    assert f"{address}&amp;" in listed

    while_working = client.get(address).content.decode()
    stage.move(run, RunStatus.APPLIED)
    afterwards = client.get(address).content.decode()

    assert "Updating" in while_working
    assert "hx-get" in while_working
    assert "Ready" in afterwards
    assert "hx-get" not in afterwards


def test_the_refresh_shows_nothing_of_other_teams(browser: Browser, mallory: User, web: Environment) -> None:
    page = browser(mallory).get(f"/environments/pulse/?id={web.pk}&id=nonsense").content.decode()

    assert str(web.pk) not in page


def test_a_lost_environment_is_marked_and_not_refreshed(
    browser: Browser, alice: User, web: Environment, account: CloudAccount
) -> None:
    web.lost_at, web.status = web.created_at, "updating"
    web.save()

    page = browser(alice).get("/").content.decode()

    assert "Lost" in page
    assert "/environments/pulse/" not in page


def test_the_shortened_address_of_an_environment_redirects_to_the_list(browser: Browser, alice: User) -> None:
    assert browser(alice).get("/environments/")["Location"] == "/"
