"""What a run page offers for a decision: warnings, forms without JavaScript, next steps after a stop."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from portal.accounts.models import User
from provisioner.models import Run
from provisioner.run_status import EnvironmentStatus, RunStatus
from provisioner.runs import lifecycle
from provisioner.stored_text import verbatim
from tests.portal.runs.run_page import append_event, page_of

pytestmark = pytest.mark.django_db
REMARK = "Production answers over plain HTTP. Give it a certificate."


def warn(run: Run, *, phase: str = "plan") -> None:
    data = {"summary": "Check block assertion failed", "detail": REMARK}
    append_event(run, phase=phase, type="diagnostic", level="warn", message="Warning", data=data)


def noscript_forms(page: str) -> list[str]:
    """The addresses of the forms that only a browser without JavaScript shows."""
    return re.findall(r'<noscript><form[^>]* action="([^"]+)"', page)


class TestApproval:
    def test_shows_each_warning_once_on_the_page_and_once_in_the_dialog(
        self, client: Client, oscar: User, planned_run: Run
    ) -> None:
        warn(planned_run)
        warn(planned_run)

        page = page_of(client, oscar, planned_run)

        assert page.count(f"<li>{REMARK}</li>") == 2
        assert REMARK in page.partition('id="approve-run"')[2]

    def test_shows_no_warnings_of_an_apply(self, client: Client, oscar: User, planned_run: Run) -> None:
        warn(planned_run, phase="apply")

        assert f"<li>{REMARK}" not in page_of(client, oscar, planned_run)

    def test_shows_no_warnings_after_it_was_given(
        self, client: Client, oscar: User, applying_run: Run
    ) -> None:
        warn(applying_run)

        assert f"<li>{REMARK}" not in page_of(client, oscar, applying_run)

    def test_works_without_javascript(self, client: Client, oscar: User, planned_run: Run) -> None:
        page = page_of(client, oscar, planned_run)

        assert f"/runs/{planned_run.pk}/approve/" in noscript_forms(page)
        client.post(f"/runs/{planned_run.pk}/discard/")
        planned_run.refresh_from_db()
        assert planned_run.status == RunStatus.DISCARDED

    def test_is_offered_only_to_people_who_may_approve(
        self, client: Client, alice: User, planned_run: Run
    ) -> None:
        page = page_of(client, alice, planned_run)

        assert f"/runs/{planned_run.pk}/approve/" not in noscript_forms(page)


class TestCanceledRun:
    @pytest.fixture
    def cancelled_run(self, applying_run: Run) -> Run:
        Run.objects.filter(pk=applying_run.pk).update(applying_at=timezone.now())
        append_event(applying_run, type="apply_start", resource="aws_vpc.this", data={"action": "create"})
        lifecycle.move(
            run_id=applying_run.pk,
            to=lifecycle.Move(to=RunStatus.CANCELLED, reason=verbatim("Canceled by alice.")),
            now=timezone.now(),
        )
        applying_run.refresh_from_db()
        return applying_run

    def test_offers_to_try_again_or_to_destroy_what_is_left(
        self, client: Client, alice: User, cancelled_run: Run
    ) -> None:
        assert cancelled_run.environment.status == EnvironmentStatus.FAILED

        page = page_of(client, alice, cancelled_run)

        assert f'action="/runs/{cancelled_run.pk}/again/"' in page
        assert "Destroy what is left" in page

    def test_offers_nothing_to_people_who_may_only_look(
        self, client: Client, audrey: User, cancelled_run: Run
    ) -> None:
        page = page_of(client, audrey, cancelled_run)

        assert "/again/" not in page
        assert "Destroy what is left" not in page
