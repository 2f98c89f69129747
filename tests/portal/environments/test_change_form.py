"""Change an environment in the browser."""

import pytest
from django.utils import timezone

from portal.accounts.models import User
from provisioner.models import Environment, Run
from provisioner.run_status import RunKind, RunStatus
from tests.portal.environments.change_request import address, filled
from tests.support import stage
from tests.support.pages import Browser, MakeEnvironment

pytestmark = pytest.mark.django_db


def test_it_shows_the_current_values(
    browser: Browser, alice: User, make_environment: MakeEnvironment
) -> None:
    web = make_environment("web-1")
    web.inputs["instance_max"] = 7
    web.save()

    response = browser(alice).get(address(web))

    assert 'value="7"' in response.content.decode()
    assert response.context["differences"] == []


def test_a_change_queues_an_update_and_redirects_to_it(
    browser: Browser, alice: User, web: Environment
) -> None:
    response = browser(alice).post(address(web), filled(web, **{"input-instance_count": "2"}))

    run = Run.objects.get()
    assert response["Location"] == f"/runs/{run.pk}/"
    assert (run.kind, run.inputs["instance_count"]) == (RunKind.UPDATE, 2)


def test_a_past_date_is_kept_but_a_new_past_date_is_refused(
    browser: Browser, alice: User, web: Environment
) -> None:
    web.inputs |= {"expires_on": "2020-01-31"}
    web.save()
    client = browser(alice)

    moved = client.post(address(web), filled(web, **{"input-expires_on": "2020-02-01"}))
    client.post(address(web), filled(web, **{"input-instance_count": "2"}))

    assert list(moved.context["form"].errors) == ["expires_on"]
    assert Run.objects.get().inputs["expires_on"] == "2020-01-31"


def test_it_shows_the_differences(browser: Browser, alice: User, web: Environment) -> None:
    typed = filled(web, **{"input-db_storage_gib": "50", "input-db_multi_az": "true"})

    response = browser(alice).post(f"{address(web)}check/", typed)

    differences = [(each.label, each.before, each.after) for each in response.context["differences"]]
    assert differences == [("Database disk", "20 GiB", "50 GiB"), ("Standby in a second zone", "no", "yes")]
    assert not Run.objects.exists()


def test_its_own_address_range_is_accepted_but_not_that_of_another(
    browser: Browser, alice: User, web: Environment, make_environment: MakeEnvironment
) -> None:
    other = make_environment("other")
    client = browser(alice)

    own = client.post(f"{address(web)}check/", filled(web))
    theirs = client.post(f"{address(web)}check/", filled(web, **{"input-vpc_cidr": other.networks[0]}))

    assert not own.context["form"].errors
    assert "overlaps" in theirs.content.decode()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"input-instance_count": "many"}, "instance_count"),
        ({"input-zones": "9"}, "zones"),
        ({"size": "gigantic"}, "__all__"),
        ({"input-surprise": "1"}, "__all__"),
    ],
)
def test_an_error_keeps_what_was_typed(
    browser: Browser, alice: User, web: Environment, changes: dict[str, str], field: str
) -> None:
    response = browser(alice).post(address(web), filled(web, **{"input-drain_seconds": "77"} | changes))

    form = response.context["form"]
    assert response.status_code == 422
    assert form.errors[field]
    assert form.values["drain_seconds"] == "77"
    assert not Run.objects.exists()


def test_a_used_address_range_is_an_error_at_its_field(
    browser: Browser, alice: User, web: Environment, make_environment: MakeEnvironment
) -> None:
    other = make_environment("other")

    response = browser(alice).post(address(web), filled(web, **{"input-vpc_cidr": other.networks[0]}))

    assert response.status_code == 422
    assert response.context["form"].errors["vpc_cidr"]


def test_an_active_run_prevents_it_and_is_shown(browser: Browser, alice: User, web: Environment) -> None:
    active = stage.run(web, status=RunStatus.PLANNED)

    response = browser(alice).post(address(web), filled(web))

    assert response["Location"] == f"/runs/{active.pk}/"
    assert Run.objects.count() == 1


def test_a_second_click_gets_the_same_run(browser: Browser, alice: User, web: Environment) -> None:
    client = browser(alice)

    first, second = client.post(address(web), filled(web)), client.post(address(web), filled(web))

    assert first["Location"] == second["Location"]
    assert Run.objects.count() == 1


def test_a_form_that_was_sent_and_then_corrected_is_a_new_change(
    browser: Browser, alice: User, web: Environment
) -> None:
    client = browser(alice)
    client.post(address(web), filled(web, **{"input-instance_count": "2"}))

    response = client.post(address(web), filled(web, **{"input-instance_count": "3"}))

    form = response.context["form"]
    assert response.status_code == 422
    assert "This form was already sent with other values." in response.content.decode()
    assert form.values["instance_count"] == "3"
    assert form.key != "k1"
    assert Run.objects.count() == 1


def test_a_lost_environment_cannot_be_changed(browser: Browser, alice: User, web: Environment) -> None:
    web.lost_at = timezone.now()
    web.save()

    page = browser(alice).post(address(web), filled(web)).content.decode()

    assert "It can only be destroyed" in page
    assert not Run.objects.exists()


def test_a_size_fills_in_the_form_without_javascript(browser: Browser, alice: User, web: Environment) -> None:
    response = browser(alice).post(address(web), filled(web, size="standard", refill="1"))

    form = response.context["form"]
    assert form.values["instance_count"] == 2
    assert form.values["vpc_cidr"] == web.networks[0]
