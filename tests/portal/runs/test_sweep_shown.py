"""What is left of a destroyed environment, on the page of its destroy run and in the API."""

from typing import Any

import pytest
from django.test import Client

from portal.accounts.models import User
from provisioner.models import Environment, Run
from provisioner.run_status import RunKind, RunStatus
from tests.portal.runs.run_page import append_event, page_of
from tests.support import stage
from tests.support.portal import Program

ADDRESS = {"kind": "public address", "id": "eipalloc-1", "note": "Paid.", "is_kept": False, "usd_a_day": 0.12}
SECRET = {
    "kind": "secret", "id": "shop/db", "note": "In its recovery window.", "is_kept": True, "usd_a_day": 0.0,
}  # fmt: skip
GROUP = {"kind": "log group", "id": "arn:x", "note": "", "is_kept": False, "usd_a_day": None}


@pytest.fixture
def destroyed(environment: Environment) -> Any:
    """`destroyed(resources, unanswered)`: the destroy run with these leftovers and unanswered questions."""

    def run(resources: list[dict[str, Any]], unanswered: list[str]) -> Run:
        made = stage.run(environment, kind=RunKind.DESTROY, status=RunStatus.APPLYING)
        data = {"tag": "EnvironmentId", "resources": resources, "unanswered": unanswered, "seconds": 0.4}
        append_event(made, type="sweep", message="Swept.", data=data)
        stage.move(made, RunStatus.APPLIED)
        return Run.objects.get(pk=made.pk)

    return run


def test_a_clean_account_is_reported(client: Client, alice: User, destroyed: Any) -> None:
    page = page_of(client, alice, destroyed([], []))

    assert 'data-sweep="clean"' in page
    assert "<h2>Nothing left</h2>" in page


def test_leftovers_are_listed_with_their_price(client: Client, alice: User, destroyed: Any) -> None:
    page = page_of(client, alice, destroyed([ADDRESS, GROUP], []))

    for words in (
        "2 resources left",
        "eipalloc-1",
        "Paid.",
        "0.12",
        "not known",
        "At least 0.12 USD",
    ):
        assert words in page


def test_what_is_kept_on_purpose_is_not_a_leftover(client: Client, alice: User, destroyed: Any) -> None:
    page = page_of(client, alice, destroyed([SECRET], []))

    assert 'data-sweep="clean"' in page
    assert "except what is kept on purpose" in page
    assert "shop/db" in page


def test_an_unanswered_question_is_not_reported_as_clean(client: Client, alice: User, destroyed: Any) -> None:
    page = page_of(client, alice, destroyed([], ["The account refused (AccessDenied)."]))

    assert 'data-sweep="unknown"' in page
    assert "<h2>Nothing left</h2>" not in page
    assert "The account refused (AccessDenied)." in page


def test_the_api_has_it_too(alice: User, destroyed: Any) -> None:
    run = destroyed([ADDRESS, SECRET], [])

    found = Program(alice).get(f"/api/v1/runs/{run.pk}/").json()["sweep"]

    assert (found["is_clean"], found["usd_a_day"]) == (False, 0.12)
    assert [each["id"] for each in found["left"]] == ["eipalloc-1"]
    assert [each["id"] for each in found["kept"]] == ["shop/db"]
