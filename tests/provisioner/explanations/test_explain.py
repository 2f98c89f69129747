"""How a run's events are explained, and what it says exists."""

from typing import Any

import pytest
from django.utils import timezone

from provisioner import explanations, operations
from provisioner.models import Environment, Run, Team
from provisioner.run_status import RunKind, RunStatus
from provisioner.terraform import redaction
from tests.portal.runs.run_page import append_event
from tests.provisioner.explanations.failed_runs import LIMIT, ended, fails, noted_state
from tests.support import stage

pytestmark = pytest.mark.django_db


def explained(run: Run) -> explanations.Explanation:
    found = explanations.explain_run(run)
    assert found
    return found


def known_as(run: Run) -> str:
    found = explanations.explain_run(run)
    return found.entry.id if found and found.entry else ""


class TestTheExplanation:
    def test_is_of_the_first_error_that_is_known(self, applying_run: Run) -> None:
        fails(applying_run, "something nobody has heard of")
        fails(applying_run, "creating EC2 EIP", LIMIT)
        fails(applying_run, "Saved plan is stale")

        found = explained(ended(applying_run))

        assert (found.entry and found.entry.id, found.other_errors) == ("elastic-ip-limit", 2)
        assert found.event
        assert found.event.data["detail"] == LIMIT

    def test_is_there_while_terraform_is_still_at_work(self, applying_run: Run) -> None:
        assert explanations.explain_run(applying_run) is None

        fails(applying_run, "creating EC2 EIP", LIMIT)

        assert known_as(applying_run) == "elastic-ip-limit"

    def test_is_found_in_plain_lines_too_that_a_terminal_would_frame(self, applying_run: Run) -> None:
        lines = (
            "╷",
            "│ Error: Failed to query available",
            "│ provider packages",
            "│ Could not retrieve",
            "╵",
        )
        for line in lines:
            level = "error" if "Error" in line else "info"
            append_event(applying_run, type="text", level=level, message=line)

        assert known_as(ended(applying_run)) == "provider-not-installed"

    def test_is_found_in_the_last_lines_where_no_error_says_it(self, applying_run: Run) -> None:
        append_event(applying_run, type="provision_progress", message="write /tmp/x: no space left on device")

        assert known_as(ended(applying_run)) == "disk-full"

    def test_is_found_in_the_portals_own_words(self, applying_run: Run) -> None:
        reason = "The account simulated does not answer at http://127.0.0.1:1 (EndpointConnectionError)."

        assert known_as(ended(applying_run, reason=reason)) == "account-away"

    def test_is_honest_about_an_error_that_nobody_knows(self, applying_run: Run) -> None:
        fails(applying_run, "something nobody has heard of")

        found = explained(ended(applying_run))

        assert found.entry is None
        assert "but not this one" in found.cause
        assert found.event
        assert "team Shop" in " ".join(found.steps)

    def test_of_a_failure_without_a_word_says_what_the_portal_knows(self, applying_run: Run) -> None:
        found = explained(ended(applying_run, reason="It ended with exit code 3 and printed nothing."))

        assert "exit code 3" in found.cause
        assert found.event is None

    def test_is_none_for_who_stopped_it_themselves(self, applying_run: Run, alice: Any) -> None:
        operations.cancel(run_id=applying_run.pk, by=alice, now=timezone.now())
        fails(applying_run, "execution halted", "api error ExpiredToken: x")

        assert explanations.explain_run(ended(applying_run, RunStatus.CANCELLED)) is None

    def test_is_there_for_a_run_that_the_clock_stopped(self, applying_run: Run) -> None:
        reason = "The apply took longer than 60 s and was stopped."

        assert known_as(ended(applying_run, RunStatus.CANCELLED, reason)) == "run-too-long"

    def test_prefers_the_time_limit_to_errors_while_stopping(self, applying_run: Run) -> None:
        reason = "The apply took longer than 60 s and was stopped."
        fails(applying_run, "creating EC2 EIP", LIMIT)

        assert known_as(ended(applying_run, RunStatus.CANCELLED, reason)) == "run-too-long"

    def test_leaves_what_is_in_doubt_to_its_own_words_unless_it_knows_better(self, applying_run: Run) -> None:
        fails(applying_run, "nobody knows")
        in_doubt = ended(applying_run, RunStatus.NEEDS_ATTENTION, "In doubt.")
        assert explanations.explain_run(in_doubt) is None

        fails(applying_run, "Failed to save state", "Error saving state: failed to upload state")

        assert known_as(Run.objects.get(pk=in_doubt.pk)) == "state-not-saved"

    def test_is_none_for_a_run_that_went_well(self, applied_run: Run) -> None:
        assert explanations.explain_run(applied_run) is None

    def test_has_no_secret_that_was_masked_in_the_event_log(self, applying_run: Run) -> None:
        secret = "sesame-sesame-sesame"
        text = f"The role arn:aws:iam::1:role/{secret} of the account shop does not admit the portal."
        fails(applying_run, redaction.Redactor([secret]).mask(text))

        found = explained(ended(applying_run))

        assert secret not in f"{found.cause} {' '.join(found.steps)} {found.title}"

    def test_costs_a_fixed_number_of_questions(
        self, applying_run: Run, django_assert_max_num_queries: Any
    ) -> None:
        for number in range(50):
            fails(applying_run, f"unknown {number}")
        run = ended(applying_run)

        with django_assert_max_num_queries(6):
            explained(run)


class TestWhatExistsNow:
    def test_before_the_apply_is_what_was(self, environment: Environment) -> None:
        earlier = stage.run(environment, status=RunStatus.APPLIED)
        noted_state(earlier, "aws_vpc", "aws_subnet")
        run = stage.run(environment, status=RunStatus.PLANNING)
        fails(run, "nobody knows", phase="plan")

        exists = explained(ended(run)).exists

        assert exists.words == ("Nothing was changed. 2 resources of the environment exist as before.",)
        assert exists.is_anything_left

    def test_of_an_order_that_failed_in_its_plan_is_nothing(
        self, alice: Any, shop: Team, account: Any
    ) -> None:
        environment = stage.environment(owner=alice, team=shop, account=account, name="web-3")
        run = stage.run(environment, kind=RunKind.CREATE, status=RunStatus.PLANNING)
        fails(run, "nobody knows", phase="plan")

        exists = explained(ended(run)).exists

        assert exists.words == ("Nothing was created: the run ended before Terraform changed anything.",)
        assert not exists.is_anything_left

    @pytest.fixture
    def half_done(self, applying_run: Run) -> Run:
        Run.objects.filter(pk=applying_run.pk).update(
            applying_at=timezone.now(), plan_summary={"add": 3, "change": 0, "replace": 0, "destroy": 0}
        )
        for kind, address in (
            ("apply_start", "aws_vpc.this"),
            ("apply_complete", "aws_vpc.this"),
            ("apply_start", "aws_eip.nat"),
        ):
            append_event(applying_run, type=kind, resource=address)
        fails(applying_run, "creating EC2 EIP", LIMIT)
        return Run.objects.select_related("environment__team").get(pk=applying_run.pk)

    def test_after_half_an_apply_is_counted_and_named(self, half_done: Run) -> None:
        noted_state(half_done, "aws_vpc")

        exists = explained(ended(half_done)).exists

        assert exists.words[0] == "1 of 3 resources were finished before the run ended."
        assert "1 resource was started and not finished" in exists.words[1]
        assert exists.words[2].startswith("The state has 1 resource.")
        assert (exists.in_flight, exists.in_state) == (("aws_eip.nat",), ("aws_vpc.this",))

    def test_is_reported_as_it_goes(self, half_done: Run) -> None:
        words = explained(half_done).exists.words

        assert words == ("1 of 3 resources are finished so far.", "Terraform finishes what it has started.")
