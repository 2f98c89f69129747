"""The run page while a run is stopping, and when a person must deal with what it left."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from portal.accounts.models import User
from provisioner import operations
from provisioner.models import AuditEntry, Run
from provisioner.run_status import RunStatus
from tests.portal.runs.interrupted_run import CLEARED, LEFTOVERS, LOCK, move_to_needs_attention
from tests.portal.runs.run_page import append_event, page_of


class TestLeftovers:
    def test_are_shown_completely(self, client: Client, alice: User, applying_run: Run) -> None:
        move_to_needs_attention(applying_run, LEFTOVERS)

        page = re.sub(r"</?time[^>]*>", "", page_of(client, alice, applying_run))

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
    def test_say_what_is_not_known_and_what_belongs_to_others(
        self, client: Client, alice: User, applying_run: Run, change: dict[str, Any], fact: str
    ) -> None:
        move_to_needs_attention(applying_run, LEFTOVERS | change)

        assert fact in page_of(client, alice, applying_run)

    def test_offer_an_operator_to_push_and_to_unlock(
        self, client: Client, alice: User, oscar: User, applying_run: Run
    ) -> None:
        move_to_needs_attention(applying_run, LEFTOVERS)
        client.force_login(oscar)
        wrong = client.post(f"/runs/{applying_run.pk}/unlock/", {"name": "web-2"}, follow=True)

        for verb in ("push", "unlock"):
            assert f'id="{verb}-run"' not in page_of(client, alice, applying_run)
            assert f'id="{verb}-run"' in page_of(client, oscar, applying_run)
        right = client.post(f"/runs/{applying_run.pk}/push/", {"name": "web-1"}, follow=True)
        assert "Type web-1" in wrong.content.decode()
        assert "oscar requested: Push the state." in right.content.decode()

    def test_planning_again_redirects_to_the_new_run(
        self, client: Client, oscar: User, applying_run: Run
    ) -> None:
        move_to_needs_attention(applying_run, LEFTOVERS | CLEARED)
        client.force_login(oscar)

        response = client.post(f"/runs/{applying_run.pk}/replan/")

        new_run = Run.objects.get(status=RunStatus.QUEUED)
        assert response.headers["Location"] == f"/runs/{new_run.pk}/"

    @pytest.mark.parametrize(
        ("change", "steps", "primary_verb"),
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
    def test_list_the_steps_from_push_and_unlock_to_a_new_plan(
        self, client: Client, oscar: User, applying_run: Run, change: Any, steps: list[str], primary_verb: str
    ) -> None:
        move_to_needs_attention(applying_run, LEFTOVERS | change)
        Run.objects.filter(pk=applying_run.pk).update(host_id="one")

        page = page_of(client, oscar, applying_run)

        listed = page.partition("in this order:")[2].partition("</ol>")[0]
        words = listed.split("<li>")[1:]
        assert all(step.startswith(begin) for step, begin in zip(words, steps, strict=True))
        primary = re.findall(r'is-primary" data-opens="(\w+)-run"', page)
        assert primary == ([primary_verb] if primary_verb else [])
        assert 'id="look-run"' in page
        assert ('id="replan-run"' in page) == (primary_verb == "replan")

    def test_never_offer_to_release_the_lock_of_another_run(
        self, client: Client, oscar: User, applying_run: Run
    ) -> None:
        foreign = {"lock": {**LOCK, "owner": "another"}}
        move_to_needs_attention(applying_run, LEFTOVERS | foreign)

        assert 'id="unlock-run"' not in page_of(client, oscar, applying_run)


class TestStopping:
    @pytest.fixture
    def stopping_run(self, applying_run: Run, alice: User) -> Run:
        """A stop was requested two hours ago, longer than the grace period."""
        append_event(applying_run, type="apply_start", resource="aws_lb.front")
        long_ago = timezone.now() - timedelta(hours=2)
        return operations.cancel(run_id=applying_run.pk, by=alice, now=long_ago)

    def test_counts_and_lists_resources_in_flight(
        self, client: Client, alice: User, stopping_run: Run
    ) -> None:
        page = page_of(client, alice, stopping_run)

        assert "In flight: <span data-in-flight-count>1</span>" in page
        assert "aws_lb.front" in page

    def test_offers_a_force_stop_only_to_an_operator(
        self, client: Client, alice: User, oscar: User, stopping_run: Run
    ) -> None:
        assert 'id="force-run"' not in page_of(client, alice, stopping_run)
        assert 'id="force-run"' in page_of(client, oscar, stopping_run)

    def test_says_to_an_operator_when_a_force_stop_is_possible(
        self, client: Client, oscar: User, applying_run: Run
    ) -> None:
        operations.cancel(run_id=applying_run.pk, by=oscar, now=timezone.now())

        page = page_of(client, oscar, applying_run)

        assert 'id="force-run"' not in page
        assert "You can force it after" in page

    def test_is_forced_only_with_the_typed_name(self, client: Client, oscar: User, stopping_run: Run) -> None:
        client.force_login(oscar)
        wrong = client.post(f"/runs/{stopping_run.pk}/force/", {"name": "web-2"}, follow=True)
        right = client.post(f"/runs/{stopping_run.pk}/force/", {"name": "web-1"}, follow=True)

        assert "This is not the name of the environment. Type web-1." in wrong.content.decode()
        assert "oscar requested a force stop" in right.content.decode()
        assert AuditEntry.objects.filter(action="run.force", actor="oscar").count() == 1
