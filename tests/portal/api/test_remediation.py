"""An operator's API routes: ending by force, remediation of what an apply left, settling."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from provisioner import operations
from provisioner.models import AuditEntry, Run
from provisioner.run_status import RunStatus
from provisioner.runs import lifecycle
from provisioner.stored_text import verbatim
from tests.support.portal import Program

QUIET: dict[str, Any] = {"lives": False, "keeps_state": False}
REMAINS: dict[str, Any] = {
    "at": "2026-01-02T14:05:00+00:00",
    "finished": [],
    "in_flight": [],
    "state": None,
    "lock": {"id": "a", "who": "x", "operation": "", "created_at": None, "owner": "this run"},
    "host": QUIET | {"keeps_state": True},
}


@pytest.fixture
def left_run(applying_run: Run) -> Run:
    """In doubt: its own lock is left, and a state is kept."""
    return given_to_a_person(applying_run, REMAINS)


def given_to_a_person(run: Run, leftovers: dict[str, Any]) -> Run:
    to = lifecycle.Move(
        to=RunStatus.NEEDS_ATTENTION, reason=verbatim("In doubt."), columns={"leftovers": leftovers}
    )
    return lifecycle.move(run_id=run.pk, to=to, now=timezone.now())


def ask(person: Any, run: Run, verb: str, **body: Any) -> Any:
    return Program(person).post(f"/api/v1/runs/{run.pk}/{verb}/", body, content_type="application/json")


def sentence(response: Any, field: str = "__all__") -> str:
    found: str = response.json()["errors"][field][0]
    return found


@pytest.mark.parametrize("verb", ["unlock", "push"])
class TestRemediation:
    def test_is_requested_with_the_name_and_audited(self, oscar: Any, left_run: Run, verb: str) -> None:
        response = ask(oscar, left_run, verb, name="web-1")

        assert response.status_code == 200
        assert (response.json()["remediation"], response.json()["leftovers"]["lock"]["id"]) == (verb, "a")
        assert AuditEntry.objects.filter(action=f"run.{verb}", actor="oscar", result="allowed").count() == 1

    @pytest.mark.parametrize(
        ("body", "refusal"),
        [
            ({"name": "web-2"}, "Type web-1"),
            ({}, "required"),
            ({"name": 5}, "This must be a JSON string"),
            ({"name": "web-1", "force": True}, "Unknown field. The fields are name"),
        ],
    )
    def test_is_refused_without_the_right_name_and_nothing_else(
        self, oscar: Any, left_run: Run, verb: str, body: dict[str, Any], refusal: str
    ) -> None:
        response = ask(oscar, left_run, verb, **body)

        assert response.status_code == 400
        assert refusal in str(response.json()["errors"])
        left_run.refresh_from_db()
        assert left_run.remediation == ""

    def test_is_an_operators_and_a_refusal_is_noted(self, alice: Any, left_run: Run, verb: str) -> None:
        response = ask(alice, left_run, verb, name="web-1")

        assert response.status_code == 403
        assert AuditEntry.objects.filter(action="run.operate", actor="alice", result="denied").count() == 1

    def test_of_a_run_in_no_doubt_is_a_conflict(self, oscar: Any, applying_run: Run, verb: str) -> None:
        response = ask(oscar, applying_run, verb, name="web-1")

        assert response.status_code == 409
        assert sentence(response) == "This run is applying. There is nothing to do."


class TestSettling:
    def test_is_a_conflict_while_the_runs_own_lock_is_left(self, oscar: Any, left_run: Run) -> None:
        for verb in ("settle", "replan"):
            response = ask(oscar, left_run, verb)

            assert response.status_code == 409
            assert "Release the lock first" in sentence(response)

    def test_ends_the_run(self, oscar: Any, applying_run: Run) -> None:
        left = given_to_a_person(applying_run, REMAINS | {"lock": None})

        response = ask(oscar, left, "settle")

        assert (response.status_code, response.json()["status"]) == (200, "failed")

    def test_and_planning_afresh_answers_with_the_new_run(self, oscar: Any, applying_run: Run) -> None:
        left = given_to_a_person(applying_run, REMAINS | {"lock": None, "host": QUIET})

        response = ask(oscar, left, "replan")

        assert response.status_code == 201
        assert (response.json()["status"], response.json()["number"]) == ("queued", left.number + 1)
        assert Run.objects.get(pk=left.pk).status == RunStatus.FAILED

    def test_is_an_operators(self, alice: Any, left_run: Run) -> None:
        answers = [ask(alice, left_run, verb).status_code for verb in ("settle", "replan")]

        assert answers == [403, 403]


class TestForce:
    def test_comes_after_the_grace(self, oscar: Any, applying_run: Run) -> None:
        unasked = ask(oscar, applying_run, "force", name="web-1")
        operations.cancel(run_id=applying_run.pk, by=oscar, now=timezone.now())
        too_soon = ask(oscar, applying_run, "force", name="web-1")
        long_ago = timezone.now() - timedelta(hours=2)
        Run.objects.filter(pk=applying_run.pk).update(cancel_asked_at=long_ago)
        right = ask(oscar, applying_run, "force", name="web-1")

        assert (unasked.status_code, too_soon.status_code, right.status_code) == (409, 409, 200)
        assert "Cancel it first" in sentence(unasked)
        assert "You can force it after" in sentence(too_soon)
        assert right.json()["force_asked_at"]
        assert AuditEntry.objects.filter(action="run.force", actor="oscar", result="allowed").count() == 1


def test_the_schema_describes_the_operators_routes(oscar: Any) -> None:
    paths = Program(oscar).get("/api/v1/schema/?format=json").json()["paths"]

    for verb in ("force", "unlock", "push"):
        described = paths[f"/api/v1/runs/{{run_id}}/{verb}/"]["post"]
        assert "NameBody" in str(described["requestBody"])
    answers = set(paths["/api/v1/runs/{run_id}/replan/"]["post"]["responses"])
    assert {"201", "403", "404", "409"} <= answers
    assert "200" not in answers
