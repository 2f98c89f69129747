import hashlib
import json
import threading
import time
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from provisioner.models import AuditEntry, Environment, Run
from provisioner.run_status import RunStatus
from provisioner.runs import events
from tests.support import stage
from tests.support.portal import Program


def url(run: Run, rest: str = "") -> str:
    return f"/api/v1/runs/{run.pk}/{rest}"


class TestDecisions:
    def test_of_an_operator_approve_the_run(self, oscar: Any, planned_run: Run) -> None:
        response = Program(oscar).post(url(planned_run, "approve/"))

        assert response.status_code == 200
        assert (response.json()["status"], response.json()["approved_by"]) == ("approved", "oscar")

    def test_never_approve_ones_own_run(self, oscar: Any, environment: Environment) -> None:
        own = stage.run(environment, by=oscar, status=RunStatus.PLANNED)

        response = Program(oscar).post(url(own, "approve/"))

        assert response.status_code == 403
        assert "You requested this run" in response.json()["errors"]["__all__"][0]
        assert AuditEntry.objects.filter(action="run.approve", result="denied", actor="oscar").exists()
        own.refresh_from_db()
        assert own.status == RunStatus.PLANNED

    @pytest.mark.parametrize(("verb", "status"), [("discard", "discarded"), ("cancel", None)])
    def test_of_a_member_discard_but_do_not_cancel_a_plan(
        self, program: Program, planned_run: Run, verb: str, status: str | None
    ) -> None:
        response = program.post(url(planned_run, f"{verb}/"))

        planned_run.refresh_from_db()
        assert response.status_code == (200 if status else 409)
        assert planned_run.status == (status or "planned")

    def test_to_cancel_are_requests_while_terraform_works(self, program: Program, applying_run: Run) -> None:
        response = program.post(url(applying_run, "cancel/"))

        assert response.status_code == 200
        assert response.json()["status"] == "applying"
        assert response.json()["cancel_asked_at"]

    @pytest.mark.parametrize("verb", ["approve", "discard", "cancel"])
    def test_about_a_finished_run_are_a_conflict(self, oscar: Any, applied_run: Run, verb: str) -> None:
        response = Program(oscar).post(url(applied_run, f"{verb}/"))

        assert response.status_code == 409
        assert "applied" in response.json()["errors"]["__all__"][0]


class TestEvents:
    @pytest.fixture
    def reported(self, environment: Environment) -> Run:
        """An applied run with a long event log, some of it in awkward letters."""
        run = stage.run(environment, status=RunStatus.APPLYING)
        stage.say(run, *(f"line {number} \u2028 \N{SNOWMAN} \x07 </script> \\" for number in range(700)))
        stage.move(run, RunStatus.APPLIED)
        run.refresh_from_db()
        return run

    def test_come_in_pages_to_the_end_with_the_proof(self, program: Program, reported: Run) -> None:
        cursor, pages, got = 0, [], []
        while True:
            document = program.get(url(reported, f"events/?after={cursor}&limit=300")).json()
            pages.append(document)
            got += document["events"]
            cursor = document["last_seq"]
            if document["end"]:
                break

        assert [each["seq"] for each in got] == list(range(1, reported.last_seq + 1))
        assert [len(page["events"]) for page in pages[:2]] == [300, 300]
        assert {page["known"] for page in pages} == {reported.last_seq}
        lines = "".join(events.canonical_line(each) for each in got)
        assert pages[-1]["sha256"] == reported.sha256 == hashlib.sha256(lines.encode()).hexdigest()
        assert pages[-1]["count"] == len(got)

    def test_have_exactly_the_fields_of_the_wire(self, program: Program, applied_run: Run) -> None:
        [first, *_] = program.get(url(applied_run, "events/")).json()["events"]

        assert set(first) == {"seq", "at", "phase", "type", "level", "message", "resource", "data"}
        assert first["at"].endswith("Z")

    def test_of_a_running_run_have_no_end(self, program: Program, applying_run: Run) -> None:
        document = program.get(url(applying_run, "events/")).json()

        assert document["end"] is False
        assert "sha256" not in document

    def test_can_be_read_with_a_session(self, client: Client, alice: Any, applied_run: Run) -> None:
        client.force_login(alice)

        assert client.get(url(applied_run, "events/")).json()["end"] is True

    def test_are_shut_to_strangers(self, client: Client, mallory: Any, applied_run: Run) -> None:
        anonymous = client.get(url(applied_run, "events/"))
        wrong = client.get(url(applied_run, "events/"), headers={"authorization": "Bearer pp_x"})
        foreign = Program(mallory).get(url(applied_run, "events/"))

        assert (anonymous.status_code, wrong.status_code, foreign.status_code) == (401, 401, 404)
        assert anonymous["WWW-Authenticate"] == "Bearer"
        assert all(each.json()["errors"] for each in (anonymous, wrong, foreign))
        assert AuditEntry.objects.filter(action="run.see", actor="mallory", result="denied").count() == 1

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ("after=-1", "after"),
            ("after=x", "after"),
            ("after=99999999999", "after"),
            ("after=9999", "after"),
            ("after=1%00", "after"),
            ("limit=0", "limit"),
            ("limit=2001", "limit"),
            ("wait=21", "wait"),
            ("wait=1.5", "wait"),
            ("wait=\u0661", "wait"),
        ],
    )
    def test_asked_for_wrongly_are_refused_by_name(
        self, program: Program, applied_run: Run, query: str, field: str
    ) -> None:
        response = program.get(url(applied_run, f"events/?{query}"))

        assert response.status_code == 400
        assert list(response.json()["errors"]) == [field]

    def test_are_not_waited_for_when_the_run_is_over(self, program: Program, applied_run: Run) -> None:
        started = time.monotonic()

        document = program.get(url(applied_run, f"events/?after={applied_run.last_seq}&wait=20")).json()

        assert document["end"] is True
        assert time.monotonic() - started < 20

    def test_that_do_not_come_are_waited_for_as_long_as_asked(
        self, program: Program, applying_run: Run
    ) -> None:
        started = time.monotonic()

        document = program.get(url(applying_run, f"events/?after={applying_run.last_seq}&wait=1")).json()

        assert document["events"] == []
        assert document["last_seq"] == applying_run.last_seq
        assert 1 <= time.monotonic() - started < 20

    @pytest.mark.django_db(transaction=True)
    def test_that_come_end_the_waiting(self, program: Program, applying_run: Run) -> None:
        cursor = applying_run.last_seq

        def speak() -> None:
            stage.say(applying_run, "at last")
            connection.close()

        speaker = threading.Timer(0.3, speak)
        speaker.start()
        document = program.get(url(applying_run, f"events/?after={cursor}&wait=20")).json()
        speaker.join()

        assert [each["message"] for each in document["events"]] == ["at last"]

    def test_are_the_same_bytes_as_canonical_lines(self, program: Program, reported: Run) -> None:
        # The browser computes the SHA-256 from what it received: nothing may be written otherwise.
        text = program.get(url(reported, "events/?after=5&limit=5")).content.decode()

        assert "\N{SNOWMAN}" in text
        assert text == json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":"))


def test_the_old_address_of_the_audit_trail_redirects_with_its_query(client: Client) -> None:
    response = client.get("/api/v1/trail/?action=run.applied")

    assert response.status_code == 301
    assert response["Location"] == "/api/v1/audit/?action=run.applied"
