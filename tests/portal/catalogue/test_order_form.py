"""The order form: made from the blueprint, checked while it is filled in, nothing lost when it is refused."""

from datetime import timedelta
from typing import Any

import pytest
from django.http import QueryDict
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from portal.catalogue import fields
from provisioner import catalogue
from provisioner.models import AuditEntry, CloudAccount, Environment, Run, Team
from provisioner.run_status import RunKind, RunStatus
from tests.support.pages import Browser, MakeEnvironment

pytestmark = pytest.mark.django_db

ORDER = "/order/three_tier/"


def filled(**changes: Any) -> dict[str, Any]:
    """A form as a browser would send it; keywords replace what is in it."""
    blueprint = catalogue.offered().blueprints["three_tier"]
    values = fields.typed(blueprint, fields.starting_values(blueprint, "dev"))
    switches = {fields.PREFIX + name for name, each in blueprint.inputs.items() if each.kind == "boolean"}
    form = {name: value for name, value in values.items() if not (name in switches and value == "false")}
    form |= {"name": "web-2", "team": "shop", "account": "simulated", "size": "dev", "idempotency_key": "k1"}
    return form | changes


def test_it_asks_everything_that_the_blueprint_asks(
    browser: Browser, alice: Any, account: CloudAccount
) -> None:
    response = browser(alice).get(ORDER)

    page = response.content.decode()
    blueprint = catalogue.offered().blueprints["three_tier"]
    asked = [name for section in blueprint.sections for name in section.inputs]
    positions = [page.index(f'data-field="input-{name}"') for name in asked]
    assert positions == sorted(positions)
    assert all(size.title in page for size in blueprint.sizes)


def test_it_says_how_long_it_took_others_in_that_size(
    browser: Browser, alice: Any, make_environment: MakeEnvironment
) -> None:
    assert b"It took recently" not in browser(alice).get(ORDER).content
    began = timezone.now() - timedelta(seconds=104)
    Run.objects.create(
        environment=make_environment("web-1"),
        kind=RunKind.CREATE,
        status=RunStatus.APPLIED,
        number=1,
        size="dev",
        requested_by=alice,
        queued_at=began,
        started_at=began,
        planned_at=began,
        applying_at=began,
        finished_at=began + timedelta(seconds=104),
    )

    page = browser(alice).get(ORDER).content.decode()

    assert "Target: <strong>1 min 20 s</strong>. Recent runs: 1 min 44 s." in page


def test_each_kind_has_its_control(browser: Browser, alice: Any, account: CloudAccount) -> None:
    response = browser(alice).get(ORDER)

    controls = {
        field.question.name: field.control
        for each in response.context["form"].field_sets
        for field in each.fields
    }
    assert controls["zones"] == "segments"
    assert controls["nat"] == "cards"
    assert controls["instance_type"] == "select"
    assert controls["db_storage_gib"] == "number"
    assert controls["db_multi_az"] == "switch"
    assert controls["endpoints"] == "checks"
    assert controls["vpc_cidr"] == "text"
    assert controls["expires_on"] == "date"


def test_an_order_makes_the_environment_and_leads_to_its_run(
    browser: Browser, alice: Any, account: CloudAccount
) -> None:
    response = browser(alice).post(ORDER, filled())

    run = Run.objects.get()
    assert response["Location"] == f"/runs/{run.pk}/"
    assert (run.environment.name, run.environment.team.slug, run.size) == ("web-2", "shop", "dev")
    assert run.inputs["instance_count"] == 1
    assert run.inputs["endpoints"] == ["ssm", "ssmmessages", "secretsmanager", "sts"]


@pytest.mark.parametrize("key", ["", "k\x00", "x" * 65, "k 1", "${k}"])
def test_a_key_that_is_none_is_replaced(
    browser: Browser, alice: Any, account: CloudAccount, key: str
) -> None:
    browser(alice).post(ORDER, filled(idempotency_key=key))

    assert len(Run.objects.get().idempotency_key) == 32


def test_a_double_click_orders_once(browser: Browser, alice: Any, account: CloudAccount) -> None:
    client = browser(alice)

    first, second = client.post(ORDER, filled()), client.post(ORDER, filled())

    assert first["Location"] == second["Location"]
    assert Environment.objects.count() == 1


def test_an_answer_that_was_corrected_after_the_order_is_not_lost(
    browser: Browser, alice: Any, account: CloudAccount
) -> None:
    client = browser(alice)
    client.post(ORDER, filled())

    response = client.post(ORDER, filled(**{"input-instance_count": "2"}))

    assert response.status_code == 422
    assert "This form was already sent with other values." in response.content.decode()
    assert response.context["form"].values["instance_count"] == "2"


@pytest.mark.parametrize(
    ("changes", "field", "word"),
    [
        ({"name": ""}, "name", "name"),
        ({"name": "-rf"}, "name", "Start with a letter"),
        ({"name": "../../etc"}, "name", "letters"),
        ({"name": "a" * 33}, "name", "32"),
        ({"name": "web\x00"}, "name", "letters"),
        ({"name": "web-1"}, "name", "already"),
        ({"input-vpc_cidr": "10.20.0.0/16"}, "vpc_cidr", "overlaps"),
        ({"input-vpc_cidr": "10.1.2.3/16"}, "vpc_cidr", "starts at"),
        ({"input-vpc_cidr": "8.8.0.0/16"}, "vpc_cidr", "private"),
        ({"input-vpc_cidr": "${var.x}"}, "vpc_cidr", "IPv4"),
        ({"input-vpc_cidr": ""}, "vpc_cidr", "required"),
        ({"input-instance_count": "ninety"}, "instance_count", "whole number"),
        ({"input-instance_count": "99"}, "instance_count", "between 0 and 12"),
        ({"input-instance_count": "1\n2"}, "instance_count", "whole number"),
        ({"input-nat": "-destroy"}, "nat", "Choose"),
        ({"input-endpoints": ["ssm", "evil"]}, "endpoints", "Choose"),
        ({"input-certificate_arn": "${file('/etc/passwd')}"}, "certificate_arn", "not allowed"),
        ({"input-certificate_arn": "x" * 10_000}, "certificate_arn", "too long"),
        ({"team": "lab"}, "team", "This team does not exist"),
        ({"team": "sh\x00op"}, "team", "This team does not exist"),
        ({"account": "nowhere\x00"}, "account", "This account does not exist"),
        ({"account": "nowhere"}, "account", "This account does not exist"),
        ({"size": "gigantic"}, "__all__", "no size"),
        ({"input-surprise": "1"}, "__all__", "no input"),
        ({"input-environment_name": "x"}, "__all__", "The portal sets"),
    ],
)
def test_a_refusal_stands_beside_its_field_and_nothing_is_lost(
    browser: Browser,
    alice: Any,
    lab: Team,
    web: Environment,
    changes: dict[str, Any],
    field: str,
    word: str,
) -> None:
    typed = filled(**{"input-vpc_cidr": "10.77.0.0/16", "input-db_storage_gib": "123"} | changes)

    response = browser(alice).post(ORDER, typed)

    form = response.context["form"]
    assert response.status_code == 422
    assert word in " ".join(form.errors[field])
    assert form.values["db_storage_gib"] == "123"
    assert all(
        form.values[name.removeprefix("input-")] == value
        for name, value in changes.items()
        if "input-" in name
    )
    assert not Run.objects.exists()


def test_a_field_in_error_says_so_to_screen_readers(
    browser: Browser, alice: Any, account: CloudAccount
) -> None:
    page = browser(alice).post(ORDER, filled(**{"input-drain_seconds": "999"})).content.decode()

    control = page[page.index('id="input-drain_seconds"') :]
    control = control[: control.index(">")]
    assert 'aria-invalid="true"' in control
    assert "error-input-drain_seconds" in control
    assert 'value="999"' in control
    assert '<details class="card fold" open>' in page


def test_a_value_is_data_in_the_page_too(browser: Browser, alice: Any, account: CloudAccount) -> None:
    response = browser(alice).post(ORDER, filled(name='"><script>alert(1)</script>'))

    assert "<script>alert" not in response.content.decode()


def test_a_megabyte_is_refused_beside_its_field_and_comes_back(
    browser: Browser, alice: Any, account: CloudAccount
) -> None:
    response = browser(alice).post(ORDER, filled(**{"input-certificate_arn": "x" * 1_000_000}))

    assert response.status_code == 422
    assert response.context["form"].errors["certificate_arn"] == ["This is too long. At most 4 KiB."]
    assert "x" * 1_000_000 in response.content.decode()
    assert not Run.objects.exists()


def test_a_day_that_does_not_exist_is_refused_beside_its_field(
    browser: Browser, alice: Any, account: CloudAccount
) -> None:
    client = browser(alice)

    response = client.post(ORDER, filled(**{"input-expires_on": "2026-02-30"}))
    client.post(ORDER, filled(**{"input-expires_on": "2196-02-29"}))

    assert "such as 2027-01-31" in response.context["form"].errors["expires_on"][0]
    assert Run.objects.get().inputs["expires_on"] == "2196-02-29"


def test_a_day_that_is_over_is_refused_beside_its_field(
    browser: Browser, alice: Any, account: CloudAccount
) -> None:
    response = browser(alice).post(ORDER, filled(**{"input-expires_on": "2020-01-31"}))

    assert response.status_code == 422
    assert response.context["form"].errors["expires_on"] == [
        "This date is in the past. Enter today or a later date."
    ]
    assert not Run.objects.exists()


def test_three_megabytes_are_refused_with_a_page(browser: Browser, alice: Any, account: CloudAccount) -> None:
    response = browser(alice).post(ORDER, filled(**{"input-certificate_arn": "x" * 3_000_000}))

    assert response.status_code == 400
    assert "2 MiB" in response.content.decode()
    assert not Run.objects.exists()


def test_a_name_that_was_left_out_when_it_was_sent_stays_wrong(
    browser: Browser, alice: Any, account: CloudAccount
) -> None:
    page = browser(alice).post(ORDER, filled(name="")).content.decode()
    assert 'name="sent" value="1"' in page

    checked = browser(alice).post(f"{ORDER}check/", filled(name="", sent="1")).content.decode()

    assert "A name has 2 to 32 characters." in page
    assert "A name has 2 to 32 characters." in checked


def test_live_validation_answers_beside_the_fields_and_creates_nothing(
    browser: Browser, alice: Any, web: Environment
) -> None:
    typed = filled(name="web-1", size="production", **{"input-vpc_cidr": "10.20.128.0/20"})

    page = browser(alice).post(f"{ORDER}check/", typed).content.decode()

    assert "already has an environment called web-1" in page
    assert "overlaps 10.20.0.0/16" in page
    assert "Needs approval</strong> (Production)" in page
    assert Environment.objects.count() == 1


def test_a_name_not_typed_yet_is_not_wrong_yet(browser: Browser, alice: Any, account: CloudAccount) -> None:
    page = browser(alice).post(f"{ORDER}check/", filled(name="")).content.decode()

    assert "field-error" in page
    assert "2 to 32 characters" not in page
    assert "to look at" not in page


def test_a_size_fills_the_form_in_without_a_script(
    browser: Browser, alice: Any, account: CloudAccount
) -> None:
    response = browser(alice).post(ORDER, filled(name="kept", size="production", refill="1"))

    form = response.context["form"]
    assert response.status_code == 200
    assert form.name == "kept"
    assert form.values["zones"] == 3
    assert not Run.objects.exists()


def test_the_address_range_offered_is_free(
    browser: Browser, alice: Any, make_environment: MakeEnvironment
) -> None:
    make_environment("first")
    make_environment("second")

    form = browser(alice).get(ORDER).context["form"]

    assert form.values["vpc_cidr"] == "10.22.0.0/16"


def test_an_auditor_reads_who_can_order(browser: Browser, audrey: Any, account: CloudAccount) -> None:
    looked, tried = browser(audrey).get(ORDER), browser(audrey).post(ORDER, filled())

    assert looked.status_code == tried.status_code == 403
    assert "Members of a team, operators and admins can order" in tried.content.decode()
    assert AuditEntry.objects.get(result="denied").action == "environment.order"


def test_a_foreign_team_is_refused_and_noted(
    browser: Browser, mallory: Any, shop: Team, account: CloudAccount
) -> None:
    response = browser(mallory).post(ORDER, filled(team="shop"))

    assert response.status_code == 422
    assert not Environment.objects.exists()
    assert AuditEntry.objects.filter(actor="mallory", result="denied").exists()


def test_a_blueprint_that_is_not_offered_is_not_there(browser: Browser, alice: Any) -> None:
    assert browser(alice).get("/order/nothing/").status_code == 404
    assert browser(alice).get("/order/..%2F..%2Fetc/").status_code == 404


def test_without_an_account_the_page_says_what_is_missing(browser: Browser, alice: Any) -> None:
    page = browser(alice).get(ORDER).content.decode()

    assert "There is no cloud account to build in." in page


@settings(max_examples=60, deadline=None)
@given(
    answers=st.dictionaries(
        st.sampled_from(sorted(catalogue.offered().blueprints["three_tier"].inputs)),
        st.lists(st.text(max_size=40), min_size=1, max_size=3),
    )
)
def test_whatever_is_typed_comes_back_as_it_was(answers: dict[str, list[str]]) -> None:
    blueprint = catalogue.offered().blueprints["three_tier"]
    posted = QueryDict(mutable=True)
    for name, typed in answers.items():
        posted.setlist(fields.PREFIX + name, typed)

    shown = fields.field_sets(blueprint, fields.answers(blueprint, posted), {})

    texts = {field.question.name: field for each in shown for field in each.fields if field.control == "text"}
    assert all(texts[name].value == typed[-1] for name, typed in answers.items() if name in texts)
