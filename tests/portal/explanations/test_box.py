"""The box: on the pages of a run and its environment, in the API and in the shell; who is offered what."""

import io
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError
from django.test import Client
from django.utils import timezone

from portal.management import cli
from portal.management.commands import order as order_command
from provisioner.models import AuditEntry, Environment, Run, StateVersion
from provisioner.run_status import EnvironmentStatus, RunKind, RunStatus
from provisioner.runs import lifecycle
from tests.portal.runs.interrupted_run import LEFTOVERS, move_to_needs_attention
from tests.portal.runs.run_page import page_of
from tests.provisioner.explanations.failed_runs import LIMIT, ended, fails, noted_state
from tests.support import stage
from tests.support.portal import Program

pytestmark = pytest.mark.django_db


def box_in(page: str) -> str:
    """The box's part of a page; empty if there is none."""
    found = re.search(r'<section class="notice explained".*?</section>', page, re.DOTALL)
    return found[0] if found else ""


@pytest.fixture
def failed_run(applying_run: Run) -> Run:
    """No address was left; a network stands."""
    fails(applying_run, "creating EC2 EIP", LIMIT, resource="aws_eip.nat")
    noted_state(applying_run, "aws_vpc")
    return ended(applying_run)


class TestOnTheRunPage:
    def test_stands_above_terraforms_own_words(self, client: Client, alice: Any, failed_run: Run) -> None:
        box = box_in(page_of(client, alice, failed_run))

        places = [
            box.index(words)
            for words in ("The account has no public address left", "What exists now", "What to do", LIMIT)
        ]
        assert places == sorted(places)
        assert 'data-explanation="elastic-ip-limit"' in box
        assert 'href="/explanations/#elastic-ip-limit"' in box
        assert "aws_vpc.this" in box

    def test_comes_with_the_fragment_as_soon_as_the_error_is_there(
        self, client: Client, alice: Any, applying_run: Run
    ) -> None:
        client.force_login(alice)
        before = client.get(f"/runs/{applying_run.pk}/actions/").content.decode()
        fails(applying_run, "creating EC2 EIP", LIMIT)

        after = client.get(f"/runs/{applying_run.pk}/actions/").content.decode()

        assert box_in(before) == ""
        assert "finishing what it started" in box_in(after)
        assert "Try again" not in box_in(after)

    def test_of_an_unknown_error_shows_its_words_at_once(
        self, client: Client, alice: Any, applying_run: Run
    ) -> None:
        fails(applying_run, "nobody <b>knows</b>", "this")

        box = box_in(page_of(client, alice, ended(applying_run)))

        assert 'data-explanation="unknown"' in box
        assert '<details class="explained-more" open>' in box
        assert "nobody &lt;b&gt;knows&lt;/b&gt;" in box

    def test_offers_an_operator_the_runs_own_lock_and_nobody_a_foreign_one(
        self, client: Client, alice: Any, oscar: Any, applying_run: Run
    ) -> None:
        fails(applying_run, "Error releasing the state lock", "failed to delete the lock file")
        move_to_needs_attention(applying_run, LEFTOVERS)

        assert 'data-opens="unlock-run"' in box_in(page_of(client, oscar, applying_run))
        assert 'data-opens="unlock-run"' not in box_in(page_of(client, alice, applying_run))

    @pytest.mark.parametrize(
        ("person", "ways"),
        [
            ("alice", ["Choose fewer NAT gateways", "Try again", "Destroy what is left"]),
            ("oscar", ["Choose fewer NAT gateways", "Try again", "Destroy what is left"]),
            ("audrey", []),
        ],
    )
    def test_offers_only_what_the_person_may(
        self,
        client: Client,
        failed_run: Run,
        request: pytest.FixtureRequest,
        person: str,
        ways: list[str],
    ) -> None:
        box = box_in(page_of(client, request.getfixturevalue(person), failed_run))

        assert re.findall(r'class="button[^"]*"[^>]*>([^<]+)</(?:a|button)>', box)[: len(ways)] == ways
        assert ("Try again" in box.partition("explained-ways")[2]) is bool(ways)

    def test_offers_no_destruction_where_nothing_is_left(
        self, client: Client, alice: Any, failed_run: Run
    ) -> None:
        StateVersion.objects.all().delete()

        assert "Destroy what is left" not in box_in(page_of(client, alice, failed_run))

    def test_says_why_trying_again_is_shut(self, client: Client, alice: Any, failed_run: Run) -> None:
        later = stage.run(failed_run.environment)

        box = box_in(page_of(client, alice, failed_run))

        assert f'title="Run {later.number} came after it."' in box


class TestTryingAgain:
    def test_goes_to_a_fresh_run_with_the_same_values(
        self, client: Client, alice: Any, failed_run: Run
    ) -> None:
        client.force_login(alice)

        response = client.post(f"/runs/{failed_run.pk}/again/")

        afresh = Run.objects.get(status=RunStatus.QUEUED)
        assert response.headers["Location"] == f"/runs/{afresh.pk}/"
        assert (afresh.kind, afresh.inputs["label"]) == (RunKind.UPDATE, failed_run.inputs["label"])
        assert AuditEntry.objects.filter(action="environment.change", actor="alice").count() == 1

    def test_destroys_again_what_was_to_be_destroyed(
        self, client: Client, alice: Any, environment: Environment
    ) -> None:
        run = stage.run(environment, kind=RunKind.DESTROY, status=RunStatus.APPLYING)
        ended(run)
        client.force_login(alice)

        client.post(f"/runs/{run.pk}/again/")

        assert Run.objects.get(status=RunStatus.QUEUED).kind == RunKind.DESTROY

    def test_is_refused_once_another_run_came_and_for_one_that_went_well(
        self, client: Client, alice: Any, failed_run: Run
    ) -> None:
        client.force_login(alice)
        client.post(f"/runs/{failed_run.pk}/again/")
        lifecycle.move(
            run_id=Run.objects.get(status=RunStatus.QUEUED).pk,
            to=lifecycle.Move(to=RunStatus.CANCELLED),
            now=timezone.now(),
        )

        second = client.post(f"/runs/{failed_run.pk}/again/", follow=True).content.decode()

        assert "came after it" in second
        assert not Run.objects.filter(status=RunStatus.QUEUED).exists()

    def test_is_refused_for_a_run_that_succeeded(self, client: Client, alice: Any, applied_run: Run) -> None:
        client.force_login(alice)

        page = client.post(f"/runs/{applied_run.pk}/again/", follow=True).content.decode()

        assert "There is nothing to try again" in page

    def test_is_for_nobody_who_may_only_look(self, client: Client, audrey: Any, failed_run: Run) -> None:
        client.force_login(audrey)

        assert client.post(f"/runs/{failed_run.pk}/again/").status_code == 403
        assert not Run.objects.filter(status=RunStatus.QUEUED).exists()


class TestElsewhere:
    def test_stands_on_the_page_of_the_environment_that_failed(
        self, client: Client, alice: Any, failed_run: Run
    ) -> None:
        client.force_login(alice)

        box = box_in(client.get(f"/environments/{failed_run.environment_id}/").content.decode())

        assert "The account has no public address left" in box
        assert f'href="/runs/{failed_run.pk}/"' in box

    def test_does_not_stand_on_the_page_of_one_that_is_well(
        self, client: Client, alice: Any, failed_run: Run
    ) -> None:
        Environment.objects.update(status=EnvironmentStatus.READY)
        client.force_login(alice)

        page = client.get(f"/environments/{failed_run.environment_id}/").content.decode()

        assert box_in(page) == ""

    def test_is_in_the_api(self, alice: Any, failed_run: Run) -> None:
        found = Program(alice).get(f"/api/v1/runs/{failed_run.pk}/").json()["explanation"]

        assert found["id"] == "elastic-ip-limit"
        assert found["in_state"] == ["aws_vpc.this"]
        assert found["exists_now"]
        assert found["steps"]
        assert found["event_seq"] > 1

    def test_is_none_in_the_api_of_a_run_that_went_well(self, alice: Any, applied_run: Run) -> None:
        assert Program(alice).get(f"/api/v1/runs/{applied_run.pk}/").json()["explanation"] is None

    def test_ends_what_the_shell_prints_for_who_waits(self, failed_run: Run) -> None:
        output = io.StringIO()

        with pytest.raises(CommandError, match="Not created: failed"):
            order_command.Command(stdout=output)._wait(failed_run)

        text = output.getvalue()
        assert "The account has no public address left" in text
        assert "Exists now:" in text
        assert "  1. Choose fewer NAT gateways" in text

    def test_prints_no_control_sequence(self, applying_run: Run) -> None:
        output: list[str] = []

        cli.explain(ended(applying_run, reason="\x1b[31mred"), write=output.append)

        assert not any("\x1b" in line for line in output)


class TestThePageOfAllExplanations:
    def test_finds_by_a_word_and_keeps_the_rest_away(self, client: Client, alice: Any) -> None:
        client.force_login(alice)

        page = client.get("/explanations/?q=AddressLimitExceeded").content.decode()

        assert 'id="elastic-ip-limit"' in page
        assert 'id="lock-held"' not in page

    def test_gives_htmx_the_entries_alone(self, client: Client, alice: Any) -> None:
        client.force_login(alice)

        part = client.get("/explanations/?q=nothing-has-this", headers={"hx-target": "entries"})

        assert "<html" not in part.content.decode()
        assert "No explanation has these words" in part.content.decode()

    def test_is_shut_to_strangers(self, client: Client) -> None:
        assert client.get("/explanations/").headers["Location"].startswith("/sign-in/")


def test_the_page_asks_for_the_box_when_an_error_arrives() -> None:
    script = (Path(cli.__file__).parent.parent / "static/js/run/page.js").read_text()

    assert '"sweep"' in script
    assert "errorsExplained" in script
