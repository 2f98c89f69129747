"""What a destroyed environment has left, on the page of the run that destroyed it and in the API."""

from typing import Any

import pytest
from django.test import Client

from provisioner.models import Environment, Run
from provisioner.run_status import RunKind, RunStatus
from tests.portal.runs.test_page import page_of, tell
from tests.support import stage
from tests.support.portal import Program

ADDRESS = {"kind": "public address", "id": "eipalloc-1", "note": "Paid.", "is_kept": False, "usd_a_day": 0.12}
SECRET = {
    "kind": "secret", "id": "shop/db", "note": "In its recovery window.", "is_kept": True, "usd_a_day": 0.0,
}  # fmt: skip
GROUP = {"kind": "log group", "id": "arn:x", "note": "", "is_kept": False, "usd_a_day": None}


@pytest.fixture
def destroyed(environment: Environment) -> Any:
    """`destroyed([ADDRESS], [])`: the run that found these left, and these questions unanswered."""

    def run(resources: list[dict[str, Any]], unanswered: list[str]) -> Run:
        made = stage.run(environment, kind=RunKind.DESTROY, status=RunStatus.APPLYING)
        data = {"tag": "EnvironmentId", "resources": resources, "unanswered": unanswered, "seconds": 0.4}
        tell(made, type="sweep", message="Swept.", data=data)
        stage.move(made, RunStatus.APPLIED)
        return Run.objects.get(pk=made.pk)

    return run


def test_nothing_is_said_in_so_many_words(client: Client, alice: Any, destroyed: Any) -> None:
    page = page_of(client, alice, destroyed([], []))

    assert 'data-sweep="clean"' in page
    assert "<h2>Nothing left</h2>" in page


def test_what_is_left_is_named_with_its_price(client: Client, alice: Any, destroyed: Any) -> None:
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


def test_what_is_kept_on_purpose_is_no_leftover(client: Client, alice: Any, destroyed: Any) -> None:
    page = page_of(client, alice, destroyed([SECRET], []))

    assert 'data-sweep="clean"' in page
    assert "except what is kept on purpose" in page
    assert "shop/db" in page


def test_what_nobody_could_say_is_not_called_nothing(client: Client, alice: Any, destroyed: Any) -> None:
    page = page_of(client, alice, destroyed([], ["The account refused (AccessDenied)."]))

    assert 'data-sweep="unknown"' in page
    assert "<h2>Nothing left</h2>" not in page
    assert "The account refused (AccessDenied)." in page


def test_programs_get_it_too(alice: Any, destroyed: Any) -> None:
    run = destroyed([ADDRESS, SECRET], [])

    found = Program(alice).get(f"/api/v1/runs/{run.pk}/").json()["sweep"]

    assert (found["is_clean"], found["usd_a_day"]) == (False, 0.12)
    assert [each["id"] for each in found["left"]] == ["eipalloc-1"]
    assert [each["id"] for each in found["kept"]] == ["shop/db"]
