"""What the forms and pages warn of, before Terraform plans it."""

from typing import Any

import pytest
from django.utils import timezone

from portal.catalogue import fields
from provisioner.blueprints import Input
from provisioner.models import CloudAccount, Environment, Run
from tests.portal.environments.change_request import address, filled
from tests.support.pages import Browser

pytestmark = pytest.mark.django_db


def field(page: str, name: str) -> str:
    """The field's part of a page."""
    return page.partition(f'data-field="input-{name}"')[2].partition('data-field="')[0]


def test_a_change_that_loses_data_says_so_beside_its_field(
    browser: Browser, alice: Any, web: Environment
) -> None:
    page = browser(alice).get(address(web)).content.decode()

    logs = field(page, "access_logs")
    assert 'data-effect-of="input-access_logs" data-when="false" data-tone="bad"' in logs
    assert "Loses data." in logs
    # Hidden until the answer is another one: the script looks at that.
    assert "hidden" in logs.partition("data-effect-of")[2].partition(">")[0]


def test_a_harmless_change_is_not_warned_of(browser: Browser, alice: Any, web: Environment) -> None:
    page = browser(alice).get(address(web)).content.decode()

    assert "data-effect-of" not in field(page, "instance_max")


def test_the_summary_says_what_the_changes_do(browser: Browser, alice: Any, web: Environment) -> None:
    web.inputs |= {"access_logs": True}
    web.save()
    # A switch that is off is not sent.
    typed = filled(web, **{"input-instance_type": "t3.small", "input-instance_max": "5"})
    del typed["input-access_logs"]

    response = browser(alice).post(f"{address(web)}check/", typed)

    reported = {each.label: each.warning and each.warning.words for each in response.context["differences"]}
    assert reported == {
        "Access logs": "Loses data",
        "Instance type": "Servers are replaced one by one",
        "Most servers": None,
    }
    assert "the log bucket is deleted with its content" in response.content.decode()


@pytest.mark.parametrize("name", ["log_retention_days", "backup_retention_days"])
def test_a_shorter_time_to_keep_something_is_warned_of_and_a_longer_one_is_not(
    browser: Browser, alice: Any, web: Environment, name: str
) -> None:
    web.inputs |= {name: 14}
    web.save()
    client = browser(alice)

    box = field(client.get(address(web)).content.decode(), name).partition("data-effect-of")[2]
    shorter = client.post(f"{address(web)}check/", filled(web, **{f"input-{name}": "7"}))
    longer = client.post(f"{address(web)}check/", filled(web, **{f"input-{name}": "30"}))

    assert 'data-when-smaller data-tone="bad"' in box.partition(">")[0]
    assert "older than the new time are deleted" in box
    assert [each.warning and each.warning.words for each in shorter.context["differences"]] == ["Loses data"]
    assert [each.warning for each in longer.context["differences"]] == [None]


def test_a_shorter_time_to_keep_something_is_refused_where_it_is_protected(
    browser: Browser, alice: Any, web: Environment
) -> None:
    web.inputs |= {"deletion_protection": True, "log_retention_days": 30}
    web.ready_at = timezone.now()
    web.save()

    shorter = browser(alice).post(address(web), filled(web, **{"input-log_retention_days": "14"}))
    longer = browser(alice).post(address(web), filled(web, **{"input-log_retention_days": "60"}))

    assert shorter.status_code == 422
    [sentence] = shorter.context["form"].errors["log_retention_days"]
    assert sentence.startswith("This would lose data. It is protected against deletion")
    assert longer["Location"] == f"/runs/{Run.objects.get().pk}/"


def test_what_can_never_change_is_refused_before_a_plan(
    browser: Browser, alice: Any, web: Environment
) -> None:
    response = browser(alice).post(address(web), filled(web, **{"input-vpc_cidr": "10.99.0.0/16"}))

    assert response.status_code == 422
    [sentence] = response.context["form"].errors["vpc_cidr"]
    assert sentence.startswith("This cannot be changed")
    assert not Run.objects.exists()


def test_what_only_grows_is_refused_when_it_becomes_smaller(
    browser: Browser, alice: Any, web: Environment
) -> None:
    web.inputs |= {"db_storage_gib": 50}
    web.save()
    smaller = filled(web, **{"input-db_storage_gib": "49"})
    client = browser(alice)

    checked = client.post(f"{address(web)}check/", smaller)
    refused = client.post(address(web), smaller)

    [difference] = checked.context["differences"]
    assert (difference.warning.words, difference.warning.tone) == ("Cannot become smaller", "bad")
    assert refused.status_code == 422
    [sentence] = refused.context["form"].errors["db_storage_gib"]
    assert sentence == "This can only grow. It is now 50 GiB."
    assert "It can only grow later." in field(
        client.get("/order/three_tier/").content.decode(), "db_storage_gib"
    )
    assert not Run.objects.exists()


def test_what_can_never_change_is_shown_and_not_asked(browser: Browser, alice: Any, web: Environment) -> None:
    client = browser(alice)
    fresh = client.get(address(web)).content.decode()
    refused = client.post(address(web), filled(web, **{"input-vpc_cidr": "10.99.0.0/16"})).content.decode()
    ordered = client.get("/order/three_tier/").content.decode()

    assert " readonly" in field(fresh, "vpc_cidr")
    assert field(fresh, "vpc_cidr").count("annot be changed") == 1
    assert " readonly" not in field(fresh, "expires_on")
    # What was sent all the same can be put right.
    assert " readonly" not in field(refused, "vpc_cidr")
    assert " readonly" not in field(ordered, "vpc_cidr")


def test_the_order_form_says_what_can_never_change(
    browser: Browser, alice: Any, account: CloudAccount
) -> None:
    page = browser(alice).get("/order/three_tier/").content.decode()

    assert "It cannot be changed later." in field(page, "vpc_cidr")
    assert "cannot be changed later" not in field(page, "instance_type")


def test_what_only_a_smaller_answer_does_is_neither_for_life_nor_reported_in_an_order(
    browser: Browser, alice: Any, account: CloudAccount
) -> None:
    page = browser(alice).get("/order/three_tier/").content.decode()
    question = Input(name="days", kind="integer", label="Days", effect="refused", effect_when_smaller=True)

    assert "field-later" not in field(page, "log_retention_days")
    assert not fields.Field(question=question, control="number", value="3").is_for_life


def test_an_address_without_tls_is_marked(browser: Browser, alice: Any, web: Environment) -> None:
    plain = browser(alice).get(f"/environments/{web.pk}/").content.decode()
    web.outputs["app_url"] = "https://web-1.elb.amazonaws.com"
    web.save()
    secure = browser(alice).get(f"/environments/{web.pk}/").content.decode()

    assert "no TLS" in plain
    assert "no TLS" not in secure
