"""An empty list offers only what the person may do."""

from typing import Any

import pytest

from portal.accounts.models import User
from tests.support.pages import Browser, MakeEnvironment
from tests.support.people import MakePerson

pytestmark = pytest.mark.django_db

LISTS = ["/", "/runs/"]


def main_part(response: Any) -> str:
    """The content of the page, without header and navigation."""
    return str(response.content.decode().partition("<main")[2].partition("</main>")[0])


@pytest.mark.parametrize("path", LISTS)
def test_it_links_people_who_may_order_to_the_catalog(browser: Browser, alice: User, path: str) -> None:
    assert 'href="/catalogue/"' in main_part(browser(alice).get(path))


@pytest.mark.parametrize("path", LISTS)
def test_it_offers_an_auditor_the_audit_trail_and_no_order(browser: Browser, audrey: User, path: str) -> None:
    page = main_part(browser(audrey).get(path))

    assert "An auditor sees everything and changes nothing. See the audit trail for who did what." in page
    assert 'href="/audit/"' in page
    assert "/catalogue/" not in page


@pytest.mark.parametrize("path", LISTS)
def test_it_says_to_a_person_in_no_team_how_to_join_one(
    browser: Browser, make_person: MakePerson, path: str
) -> None:
    page = main_part(browser(make_person("zoe")).get(path))

    assert "An admin can add you to a team." in page
    assert "/catalogue/" not in page
    assert "/audit/" not in page


def test_when_all_are_destroyed_it_offers_an_order_to_people_who_may_order(
    browser: Browser, alice: User, audrey: User, make_environment: MakeEnvironment
) -> None:
    make_environment("gone", status="destroyed")

    ours, audited = (browser(person).get("/").content.decode() for person in (alice, audrey))

    assert "Order a new one" in ours
    assert "Order a new one" not in audited
    assert 'href="/?status=destroyed">Show destroyed environments' in audited
