"""The catalog."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from tests.support.pages import Browser, MakeEnvironment

pytestmark = pytest.mark.django_db


@pytest.fixture
def broken(settings: Settings, tmp_path: Path) -> None:
    """Beside the sound blueprint one whose description does not parse."""
    folder = tmp_path / "broken_one"
    folder.mkdir()
    (folder / "blueprint.toml").write_text('title = "Broken"\nsummary = \n')
    (folder / "main.tf").write_text("")
    settings.BLUEPRINT_FOLDERS = [*settings.BLUEPRINT_FOLDERS, tmp_path]


def test_it_offers_a_blueprint_with_its_time_parts_and_sizes(browser: Browser, alice: Any) -> None:
    page = browser(alice).get("/catalogue/").content.decode()

    assert "Three-tier web environment" in page
    assert "1 min 20 s" in page
    assert "Application servers" in page
    assert "/order/three_tier/?size=production" in page


def test_it_says_nothing_of_parts_where_there_is_nothing_to_fill_in(
    browser: Browser, alice: Any, settings: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "bare"
    folder.mkdir()
    (folder / "blueprint.toml").write_text('title = "Bare"\nsummary = "Asks nothing."\n')
    (folder / "main.tf").write_text("")
    settings.BLUEPRINT_FOLDERS = [tmp_path]

    page = browser(alice).get("/catalogue/").content.decode()

    assert "Asks nothing." in page
    assert "Parts" not in page


def test_what_is_ordered_most_comes_first(
    browser: Browser, alice: Any, make_environment: MakeEnvironment
) -> None:
    titles = ("Static site", "Three-tier web environment")
    assert _places(browser(alice), titles) == [0, 1]

    make_environment("web-1", blueprint="three_tier")

    assert _places(browser(alice), titles) == [1, 0]


def _places(client: Client, titles: tuple[str, ...]) -> list[int]:
    page = client.get("/catalogue/").content.decode()
    return [sorted(titles, key=page.index).index(title) for title in titles]


def test_a_broken_one_is_named_to_an_operator_with_file_and_line(
    browser: Browser, oscar: Any, broken: None
) -> None:
    page = browser(oscar).get("/catalogue/").content.decode()

    assert "broken_one/" in page
    assert "blueprint.toml:2" in page
    assert "Three-tier web environment" in page


def test_a_member_sees_the_others_only(browser: Browser, alice: Any, broken: None) -> None:
    page = browser(alice).get("/catalogue/").content.decode()

    assert "broken_one" not in page
    assert "Three-tier web environment" in page


def test_an_auditor_may_look_but_is_offered_no_order(browser: Browser, audrey: Any) -> None:
    page = browser(audrey).get("/catalogue/").content.decode()

    assert "Members of a team, operators and admins can order" in page
    # It would change nothing: an auditor orders for no team.
    assert "add you to a team" not in page
    assert "/order/three_tier/" not in page


def test_it_says_so_when_nothing_is_offered(browser: Browser, alice: Any, settings: Settings) -> None:
    settings.BLUEPRINT_FOLDERS = []

    assert "No blueprints" in browser(alice).get("/catalogue/").content.decode()
