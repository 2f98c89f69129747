"""Rules for every page: nothing inline, one badge for each status, errors as pages."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.template import loader
from django.test import Client

import portal
from portal import status_badges
from portal.accounts.models import User
from portal.templatetags import parts
from provisioner.models import CloudAccount, Environment
from provisioner.run_status import EnvironmentStatus, RunStatus
from tests.support import stage
from tests.support.pages import Browser

pytestmark = pytest.mark.django_db

PAGES = [
    "/",
    "/catalogue/",
    "/order/three_tier/",
    "/environments/{id}/",
    "/environments/{id}/?tab=runs",
    "/environments/{id}/change/",
    "/environments/{id}/destroy/",
    "/audit/",
    "/explanations/",
    "/profile/",
    "/nothing/",
]


@pytest.mark.parametrize("path", PAGES)
def test_nothing_is_inline_so_that_the_content_security_policy_can_be_strict(
    browser: Browser, ada: User, web: Environment, path: str
) -> None:
    stage.run(web, status=RunStatus.APPLIED)

    response = browser(ada).get(path.format(id=web.pk))

    page = response.content.decode()
    scripts = [tag for tag in re.findall(r"<script[^>]*>", page) if "src=" not in tag]
    assert all('type="application/json"' in tag for tag in scripts)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=\"|href=\"javascript", page)
    policy = response["Content-Security-Policy"]
    assert "script-src 'self';" in f"{policy};"
    assert "unsafe" not in policy


@pytest.mark.parametrize("path", PAGES)
def test_every_page_has_a_title_a_heading_and_a_skip_link(
    browser: Browser, ada: User, web: Environment, path: str
) -> None:
    page = browser(ada).get(path.format(id=web.pk)).content.decode()

    assert re.search(r"<title>\S", page)
    assert page.count("<h1") == 1
    assert 'href="#main"' in page
    assert 'id="main"' in page


@pytest.mark.parametrize("path", PAGES)
def test_ids_are_unique(browser: Browser, ada: User, web: Environment, path: str) -> None:
    page = browser(ada).get(path.format(id=web.pk)).content.decode()

    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("status", [*RunStatus, *EnvironmentStatus])
def test_every_status_has_a_tone_an_icon_and_a_meaning(status: str) -> None:
    found = [
        table[status]
        for table in (status_badges.RUN_BADGES, status_badges.ENVIRONMENT_BADGES)
        if status in table
    ]

    assert found
    for badge in found:
        assert badge.meaning.endswith(".")
        assert "<svg" in parts.icon(badge.icon)


def test_every_icon_that_a_template_names_exists() -> None:
    named = {
        name
        for template in (Path(portal.__file__).parent / "templates").rglob("*.html")
        for name in re.findall(r'(?:{% icon |icon_name=)"([^"]+)"', template.read_text())
    }

    assert len(named) > 20
    assert all("<svg" in parts.icon(name) for name in named)


def test_the_navigation_shows_the_audit_trail_only_to_its_readers(
    browser: Browser, alice: User, audrey: User
) -> None:
    assert 'href="/audit/"' not in browser(alice).get("/").content.decode()
    assert 'href="/audit/"' in browser(audrey).get("/").content.decode()


def test_a_signed_out_person_is_sent_to_sign_in(client: Client) -> None:
    response = client.get("/environments/")

    assert response.status_code in (302, 404)
    assert client.get("/")["Location"].startswith("/sign-in/")


def test_a_failed_sign_in_says_why_and_keeps_the_user_name(client: Client, alice: User) -> None:
    page = client.post("/sign-in/", {"username": "alice", "password": "wrong"}).content.decode()

    assert "Incorrect user name or password" in page
    assert 'value="alice"' in page
    assert 'value="wrong"' not in page


@pytest.mark.parametrize("template", ["400.html", "403_csrf.html", "500.html", "503.html"])
def test_the_error_pages_need_no_database(template: str, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        page = loader.get_template(template).render({"request_id": "r-1"})

    assert "<h1>" in page


def test_an_expired_form_is_explained(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)

    response = client.post("/sign-out/")

    assert response.status_code == 403
    assert "This form has expired" in response.content.decode()


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 s"), (59.9, "59 s"), (68, "1 min 08 s"), (7500, "2 h 5 min"), (-3, "0 s")]
)
def test_durations(seconds: float, words: str) -> None:
    assert parts.span(seconds) == words


def test_an_unused_account_does_not_add_queries(
    browser: Browser, alice: User, account: CloudAccount, django_assert_num_queries: Any
) -> None:
    client = browser(alice)
    client.get("/catalogue/")

    # Session, person, permission to order, and the most popular blueprints.
    with django_assert_num_queries(4):
        client.get("/catalogue/")
