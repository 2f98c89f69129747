"""The run page while a run is stopping, and when a person has to look at what it left."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from provisioner import operations
from provisioner.models import AuditEntry, Run
from provisioner.run_status import RunStatus
from provisioner.runs import lifecycle
from tests.portal.runs.test_page import page_of, tell

LOCK = {
    "id": "a-lock",
    "who": "root@runner",
    "operation": "OperationTypeApply",
    "created_at": "2026-01-02T14:01:00+00:00",
    "owner": "this run",
}
REMAINS = {
    "at": "2026-01-02T14:05:00+00:00",
    "finished": ["aws_vpc.main"],
    "in_flight": ["aws_db_instance.main"],
    "state": {
        "serial": 7, "written_at": "2026-01-02T14:02:11+00:00", "resources": 5, "is_by_this_run": True,
    },
    "lock": LOCK,
    "host": {"lives": False, "keeps_state": True},
}  # fmt: skip


def given_to_a_person(run: Run, leftovers: dict[str, Any]) -> None:
    to = lifecycle.Move(to=RunStatus.NEEDS_ATTENTION, reason="In doubt.", columns={"leftovers": leftovers})
    lifecycle.move(run_id=run.pk, to=to, now=timezone.now())


CLEARED: dict[str, Any] = {"lock": None, "host": {"lives": False, "keeps_state": False}}


class TestWhatIsLeft:
    def test_is_told_in_full(self, client: Client, alice: Any, applying_run: Run) -> None:
        given_to_a_person(applying_run, REMAINS)

        page = page_of(client, alice, applying_run)

        for fact in (
            "1 resource.", "aws_vpc.main", "1 resource was in flight.", "aws_db_instance.main",
            "Serial 7, 5 resources, written by this run at 2026-01-02 14:02:11 UTC.",
            "The run&#x27;s host keeps it.",
            "Held by root@runner since 2026-01-02 14:01:00 UTC. Lock ID: a-lock.",
            "This run holds it.", "No process of the run is alive.", "2026-01-02 14:05:00 UTC",
        ):  # fmt: skip
            assert fact in page

    @pytest.mark.parametrize(
        ("change", "fact"),
        [
            ({"lock": {**LOCK, "owner": "another"}}, "Another run or person holds it"),
            ({"lock": {"error": "S3 is away."}}, "Not known. S3 is away."),
            ({"lock": None}, "Not locked."),
            ({"host": None}, "host does not respond"),
            ({"state": None}, "The portal knows no state of this environment."),
        ],
    )
    def test_says_what_is_not_known_and_not_ours(
        self, client: Client, alice: Any, applying_run: Run, change: dict[str, Any], fact: str
    ) -> None:
        given_to_a_person(applying_run, REMAINS | change)

        assert fact in page_of(client, alice, applying_run)

    def test_offers_an_operator_to_push_and_to_unlock(
        self, client: Client, alice: Any, oscar: Any, applying_run: Run
    ) -> None:
        given_to_a_person(applying_run, REMAINS)
        client.force_login(oscar)
        wrong = client.post(f"/runs/{applying_run.pk}/unlock/", {"name": "web-2"}, follow=True)

        for verb in ("push", "unlock"):
            assert f'id="{verb}-run"' not in page_of(client, alice, applying_run)
            assert f'id="{verb}-run"' in page_of(client, oscar, applying_run)
        right = client.post(f"/runs/{applying_run.pk}/push/", {"name": "web-1"}, follow=True)
        assert "Type web-1 exactly" in wrong.content.decode()
        assert "oscar requested: Push the kept state." in right.content.decode()

    def test_goes_to_the_run_that_plans_afresh(self, client: Client, oscar: Any, applying_run: Run) -> None:
        given_to_a_person(applying_run, REMAINS | CLEARED)
        client.force_login(oscar)

        response = client.post(f"/runs/{applying_run.pk}/replan/")

        afresh = Run.objects.get(status=RunStatus.QUEUED)
        assert response.headers["Location"] == f"/runs/{afresh.pk}/"

    @pytest.mark.parametrize(
        ("change", "steps", "stands_out"),
        [
            ({}, ["Push the state", "Release the lock", "Plan again"], "push"),
            ({"host": CLEARED["host"]}, ["Release the lock", "Plan again"], "unlock"),
            (CLEARED, ["Plan again"], "replan"),
            (
                {"lock": {**LOCK, "owner": "another"}},
                ["Push the state", "Find out who holds", "Plan again"],
                "push",
            ),
            (
                {"host": {"lives": True, "keeps_state": True}},
                ["Check again when no process", "Plan again"],
                "",
            ),
        ],
    )
    def test_leads_through_push_and_unlock_to_a_fresh_plan(
        self, client: Client, oscar: Any, applying_run: Run, change: Any, steps: list[str], stands_out: str
    ) -> None:
        given_to_a_person(applying_run, REMAINS | change)
        Run.objects.filter(pk=applying_run.pk).update(host_id="one")

        page = page_of(client, oscar, applying_run)

        told = page.partition("in this order:")[2].partition("</ol>")[0]
        words = told.split("<li>")[1:]
        assert all(step.startswith(begin) for step, begin in zip(words, steps, strict=True))
        primary = re.findall(r'is-primary" data-opens="(\w+)-run"', page)
        assert primary == ([stands_out] if stands_out else [])
        assert 'id="look-run"' in page
        assert ('id="replan-run"' in page) == (stands_out == "replan")

    def test_never_offers_to_take_a_foreign_lock_away(
        self, client: Client, oscar: Any, applying_run: Run
    ) -> None:
        foreign = {"lock": {**LOCK, "owner": "another"}}
        given_to_a_person(applying_run, REMAINS | foreign)

        assert 'id="unlock-run"' not in page_of(client, oscar, applying_run)


class TestStopping:
    @pytest.fixture
    def stopping_run(self, applying_run: Run, alice: Any) -> Run:
        """Asked to stop two hours ago, beyond every grace."""
        tell(applying_run, type="apply_start", resource="aws_lb.front")
        long_ago = timezone.now() - timedelta(hours=2)
        return operations.cancel(run_id=applying_run.pk, by=alice, now=long_ago)

    def test_counts_and_names_what_is_in_flight(self, client: Client, alice: Any, stopping_run: Run) -> None:
        page = page_of(client, alice, stopping_run)

        assert "In flight: <span data-in-flight-count>1</span>" in page
        assert "aws_lb.front" in page

    def test_offers_force_to_an_operator_alone(
        self, client: Client, alice: Any, oscar: Any, stopping_run: Run
    ) -> None:
        assert 'id="force-run"' not in page_of(client, alice, stopping_run)
        assert 'id="force-run"' in page_of(client, oscar, stopping_run)

    def test_says_to_an_operator_until_when_force_is_shut(
        self, client: Client, oscar: Any, applying_run: Run
    ) -> None:
        operations.cancel(run_id=applying_run.pk, by=oscar, now=timezone.now())

        page = page_of(client, oscar, applying_run)

        assert 'id="force-run"' not in page
        assert "UTC to do so by itself." in page

    def test_takes_the_name_typed_and_nothing_else(
        self, client: Client, oscar: Any, stopping_run: Run
    ) -> None:
        client.force_login(oscar)
        wrong = client.post(f"/runs/{stopping_run.pk}/force/", {"name": "web-2"}, follow=True)
        right = client.post(f"/runs/{stopping_run.pk}/force/", {"name": "web-1"}, follow=True)

        assert "This is not the name. Type web-1 exactly." in wrong.content.decode()
        assert "oscar requested a force stop" in right.content.decode()
        assert AuditEntry.objects.filter(action="run.force", actor="oscar").count() == 1
