"""A blueprint without sizes, with the kinds of input that the three tiers have no use for."""

import re
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from provisioner import encryption
from provisioner.models import CloudAccount, Run
from tests.support.pages import Browser, MakeEnvironment

pytestmark = pytest.mark.django_db

ORDER = "/order/kinds/"
FILLED = {
    "name": "web-3",
    "team": "shop",
    "account": "simulated",
    "input-words": "red\r\ngreen, blue",
    "input-labels": '{"tier": "data"}',
    "input-ratio": "0.25",
    "input-secret": "sesame",
    "input-name": "inner",
    "input-until": "2028-02-29",
}


@pytest.fixture(autouse=True)
def _kinds(settings: Settings) -> None:
    settings.BLUEPRINT_FOLDERS = [Path(__file__).parent / "blueprints"]


def controls(response: Any) -> dict[str, Any]:
    sets = response.context["form"].field_sets
    return {field.question.name: field for each in sets for field in each.fields}


def tag_of(name: str, response: Any) -> str:
    page = response.content.decode()
    start = page.index(f'id="input-{name}"')
    return str(page[start : page.index(">", start)])


def test_each_has_its_control_and_starts_with_its_default(
    browser: Browser, alice: Any, account: CloudAccount
) -> None:
    found = controls(browser(alice).get(ORDER))

    assert (found["words"].control, found["words"].value) == ("lines", "one\ntwo")
    assert (found["labels"].control, found["ratio"].value) == ("json", "0.5")
    assert '"tier": "web"' in found["labels"].value


def test_a_day_is_picked_from_a_calendar_or_left_out(
    browser: Browser, alice: Any, account: CloudAccount
) -> None:
    client = browser(alice)
    shown = client.get(ORDER)
    client.post(ORDER, FILLED | {"input-until": ""})

    assert 'type="date" value=""' in tag_of("until", shown)
    assert controls(shown)["until"].may_be_empty
    assert Run.objects.get().inputs["until"] == ""


def test_a_browser_without_scripts_holds_back_nothing_but_a_day_that_does_not_exist(
    browser: Browser, alice: Any, account: CloudAccount, make_environment: MakeEnvironment
) -> None:
    web = make_environment("web-4", blueprint="kinds", size="", inputs={})

    for address in (ORDER, f"/environments/{web.pk}/change/"):
        shown = browser(alice).get(address)
        assert "novalidate" not in shown.content.decode()
        assert 'aria-required="true"' in tag_of("name", shown)
        assert not re.search(r"<(input|select|textarea)[^>]* required", shown.content.decode())


def test_a_line_that_a_browser_cuts_off_is_refused(
    browser: Browser, alice: Any, account: CloudAccount
) -> None:
    client = browser(alice)
    found = re.search(r'maxlength="(\d+)"', tag_of("name", client.get(ORDER)))
    assert found

    refused = client.post(ORDER, FILLED | {"input-name": "x" * int(found[1])})
    client.post(ORDER, FILLED | {"input-name": "x" * (int(found[1]) - 1)})

    assert refused.context["form"].errors["name"] == ["This is too long. At most 4 KiB."]
    assert Run.objects.count() == 1


def test_a_secret_is_asked_in_a_field_that_hides_it_and_never_summed_up(
    browser: Browser, alice: Any, account: CloudAccount
) -> None:
    client = browser(alice)
    form, summary = client.get(ORDER), client.post(f"{ORDER}check/", FILLED)

    page = form.content.decode()
    assert 'type="password"' in tag_of("secret", form)
    assert "sesame" not in summary.content.decode()
    assert "not-to-be-shown" not in page
    assert "input-secret" not in form.context["form"].presets["sizes"]


def test_the_answers_arrive_typed(browser: Browser, alice: Any, account: CloudAccount) -> None:
    browser(alice).post(ORDER, FILLED)

    run = Run.objects.get()
    assert run.size == ""
    assert run.environment.name == "web-3"
    assert encryption.decrypted(run.inputs) == {
        "words": ["red", "green", "blue"],
        "labels": {"tier": "data"},
        "ratio": 0.25,
        "secret": "sesame",
        "name": "inner",
        "until": "2028-02-29",
    }


def test_a_secret_left_alone_is_the_blueprints_own(
    browser: Browser, alice: Any, account: CloudAccount
) -> None:
    browser(alice).post(ORDER, FILLED | {"input-secret": ""})

    assert encryption.decrypted(Run.objects.get().inputs)["secret"] == "not-to-be-shown"


def test_a_change_neither_shows_nor_loses_a_secret(
    browser: Browser, alice: Any, account: CloudAccount, make_environment: MakeEnvironment
) -> None:
    inputs = {"words": ["one"], "labels": {}, "ratio": 1, "secret": "sesame", "name": "inner"}
    stored = encryption.encrypted(inputs, names=["secret"])
    web = make_environment("web-4", blueprint="kinds", size="", inputs=stored)
    address, client = f"/environments/{web.pk}/change/", browser(alice)

    shown = client.get(address)
    refused = client.post(address, FILLED | {"input-secret": "", "input-ratio": "much"})
    client.post(address, FILLED | {"input-secret": ""})

    assert "sesame" not in shown.content.decode()
    assert "sesame" not in refused.content.decode()
    assert all(each.label != "Secret" for each in shown.context["differences"])
    assert encryption.decrypted(Run.objects.get().inputs)["secret"] == "sesame"


def test_a_refusal_sends_no_secret_back_and_says_so(
    browser: Browser, alice: Any, account: CloudAccount, make_environment: MakeEnvironment
) -> None:
    web = make_environment("web-4", blueprint="kinds", size="", inputs={})
    client, wrong = browser(alice), FILLED | {"input-ratio": "much"}

    refused = [client.post(address, wrong) for address in (ORDER, f"/environments/{web.pk}/change/")]

    for response in refused:
        assert response.status_code == 422
        assert "sesame" not in response.content.decode()
        assert "Type this again" in response.content.decode()
    assert "Type this again" not in client.post(f"{ORDER}check/", wrong).content.decode()


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("labels", "{"),
        ("labels", "[1]"),
        ("labels", "[" * 5000),
        ("ratio", "1e999"),
        ("words", "a,-b"),
        ("name", ""),
        ("until", "2026-02-30"),
    ],
)
def test_a_refusal_keeps_what_was_typed(
    browser: Browser, alice: Any, account: CloudAccount, field: str, typed: str
) -> None:
    response = browser(alice).post(ORDER, FILLED | {f"input-{field}": typed})

    assert response.status_code == 422
    assert controls(response)[field].value == typed
    assert not Run.objects.exists()
