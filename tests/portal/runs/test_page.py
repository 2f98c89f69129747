"""The run page without JavaScript."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.accounts.models import User
from portal.runs import page_context
from provisioner import catalogue, operations
from provisioner.models import AuditEntry, CloudAccount, Environment, Run, Team
from provisioner.run_status import RunStatus
from provisioner.runs import lifecycle
from tests.portal.runs.run_page import append_event, page_of
from tests.support import stage


class TestRunPage:
    def test_shows_the_state_of_the_run_without_javascript(
        self, client: Client, alice: User, applying_run: Run
    ) -> None:
        page = page_of(client, alice, applying_run)

        for fact in ("web-1", "Applying", "alice", "Shop", "Simulated AWS", "ap-northeast-2", "Cancel run"):
            assert fact in page
        assert f"/runs/{applying_run.pk}/log.txt" in page.partition("<noscript>")[2]

    def test_has_no_inline_script_or_style(self, client: Client, alice: User, applying_run: Run) -> None:
        page = page_of(client, alice, applying_run)

        assert "<style" not in page
        assert " style=" not in page
        assert "onclick" not in page

    def test_gives_404_and_an_audit_entry_to_a_person_outside_the_team(
        self, client: Client, mallory: User, applying_run: Run
    ) -> None:
        client.force_login(mallory)

        answers = [client.get(f"/runs/{applying_run.pk}/{part}").status_code for part in ("", "actions/")]

        assert answers == [404, 404]
        assert AuditEntry.objects.filter(actor="mallory", action="run.see", result="denied").count() == 2

    def test_says_to_the_requester_who_can_approve(
        self, client: Client, alice: User, planned_run: Run
    ) -> None:
        page = page_of(client, alice, planned_run)

        assert "Plan ready, waiting for approval" in page
        assert "An operator or an admin other than alice" in page
        assert 'id="approve-run"' not in page

    def test_lets_an_operator_approve_and_says_what_data_is_lost(
        self, client: Client, oscar: User, planned_run: Run
    ) -> None:
        resources = [
            {"address": "aws_vpc.this", "type": "aws_vpc", "action": "create", "reason": ""},
            {
                "address": "aws_db_instance.this",
                "type": "x",
                "action": "replace",
                "reason": "replace_because_tainted",
            },
        ]
        Run.objects.filter(pk=planned_run.pk).update(
            plan_summary={"add": 1, "replace": 1, "resources": resources}
        )

        dialog = (
            page_of(client, oscar, planned_run).partition('id="approve-run"')[2].partition("</dialog>")[0]
        )

        assert "1 to replace (destroy and create again). The data in these resources is lost." in dialog
        assert "aws_db_instance.this" in dialog

    def test_lists_destroyed_resources_before_added_ones(
        self, client: Client, alice: User, planned_run: Run
    ) -> None:
        resources = [
            {"address": f"t.{action}", "action": action}
            for action in ("create", "update", "replace", "delete")
        ]
        Run.objects.filter(pk=planned_run.pk).update(plan_summary={"resources": resources})

        plan = page_of(client, alice, planned_run).partition('id="run-plan"')[2]

        places = [plan.index(f"t.{action}") for action in ("delete", "replace", "update", "create")]
        assert places == sorted(places)

    def test_warns_of_resources_whose_data_is_lost(
        self, client: Client, alice: User, planned_run: Run
    ) -> None:
        resources = [
            {"address": "aws_db_instance.this", "action": "replace"},
            {"address": 'module.site["a"].aws_s3_bucket.logs[0]', "action": "delete"},
            {"address": "aws_ecr_repository.app", "action": "update"},
            {"address": "aws_route.app_out", "action": "delete"},
        ]
        Run.objects.filter(pk=planned_run.pk).update(plan_summary={"resources": resources})

        page = page_of(client, alice, planned_run)

        warning = page.partition("This plan deletes resources that hold data.")[2].partition("</ul>")[0]
        assert "<code>aws_db_instance.this</code>: the database" in warning
        assert "aws_s3_bucket.logs[0]</code>: everything in the bucket" in warning
        assert "aws_ecr_repository" not in warning
        assert "aws_route" not in warning

    def test_says_in_the_dialog_what_a_cancel_does(
        self, client: Client, alice: User, applying_run: Run
    ) -> None:
        dialog = page_of(client, alice, applying_run).partition('id="cancel-run"')[2]

        assert "Terraform is interrupted." in dialog
        assert "tainted" in dialog

    def test_of_a_stopping_run_says_who_requested_it_and_offers_no_second_cancel(
        self, client: Client, alice: User, applying_run: Run
    ) -> None:
        operations.cancel(run_id=applying_run.pk, by=alice, now=timezone.now())

        page = page_of(client, alice, applying_run)

        assert "Stopping. alice requested it" in page
        assert 'id="cancel-run"' not in page

    def test_shows_the_first_error_of_a_failed_run(
        self, client: Client, alice: User, applying_run: Run
    ) -> None:
        data = {
            "summary": "limit <b>reached</b>",
            "detail": "Ask for more.",
            "filename": "main.tf",
            "line": 3,
        }
        append_event(
            applying_run,
            type="diagnostic",
            level="error",
            resource="aws_vpc.this",
            message="Error",
            data=data,
        )
        append_event(
            applying_run, type="diagnostic", level="error", message="Error", data={"summary": "a later one"}
        )
        stage.move(applying_run, RunStatus.FAILED)

        page = page_of(client, alice, applying_run)

        assert "limit &lt;b&gt;reached&lt;/b&gt;" in page
        assert "main.tf:3" in page
        assert "a later one" not in page

    def test_shows_the_position_of_a_waiting_run_and_the_reason(
        self, client: Client, alice: User, environment: Environment
    ) -> None:
        page = page_of(client, alice, stage.run(environment))

        assert "Next in the queue" in page
        assert "No worker has started yet" in page

    def test_says_that_the_worker_is_silent(self, client: Client, alice: User, applying_run: Run) -> None:
        silent = stage.lease(timezone.now(), for_seconds=-5)
        Run.objects.filter(pk=applying_run.pk).update(**silent)

        assert "No report from the run's worker since" in page_of(client, alice, applying_run)

    def test_does_not_call_a_worker_silent_because_a_clock_is_ahead(
        self, alice: User, applying_run: Run
    ) -> None:
        Run.objects.filter(pk=applying_run.pk).update(**stage.lease(timezone.now(), for_seconds=20))
        applying_run.refresh_from_db()

        seen = page_context.build(applying_run, user=alice, now=timezone.now() + timedelta(minutes=10))

        assert seen.silent_since is None

    def test_shows_outputs_and_sha_256_of_a_successful_run(
        self, client: Client, alice: User, applied_run: Run
    ) -> None:
        page = page_of(client, alice, applied_run)

        assert "red hello" in page
        assert applied_run.sha256 in page

    def test_makes_as_many_queries_for_ten_thousand_events_as_for_ten(
        self, client: Client, alice: User, applying_run: Run
    ) -> None:
        client.force_login(alice)
        client.get(f"/runs/{applying_run.pk}/")
        with CaptureQueriesContext(connection) as few:
            client.get(f"/runs/{applying_run.pk}/")
        stage.say(applying_run, *("x" for _ in range(10_000)))

        with CaptureQueriesContext(connection) as many:
            client.get(f"/runs/{applying_run.pk}/")

        assert len(many) == len(few) <= 14


class TestFragment:
    def test_follows_the_status_of_the_run(self, client: Client, oscar: User, planned_run: Run) -> None:
        client.force_login(oscar)
        before = client.get(f"/runs/{planned_run.pk}/actions/").content.decode()
        operations.approve(run_id=planned_run.pk, by=oscar, now=timezone.now())

        after = client.get(f"/runs/{planned_run.pk}/actions/").content.decode()

        assert 'id="approve-run"' in before
        assert 'id="approve-run"' not in after
        assert 'id="cancel-run"' in after
        for part in ("run-status", "run-attention", "run-plan", "run-outputs", "run-details"):
            assert f'id="{part}"' in after

    def test_does_not_replace_the_element_that_requests_it(
        self, client: Client, alice: User, applying_run: Run
    ) -> None:
        page = page_of(client, alice, applying_run)

        fragment = client.get(f"/runs/{applying_run.pk}/actions/").content.decode()

        assert page.count('hx-trigger="run-changed from:body" hx-swap="innerHTML"') == 1
        assert "hx-trigger" not in fragment
        assert "Cancel run" in fragment


class TestDecisions:
    @pytest.mark.parametrize(
        ("verb", "person", "answer"),
        [
            ("approve", "alice", 403), ("approve", "bob", 403), ("approve", "audrey", 403),
            ("approve", "mallory", 404), ("discard", "audrey", 403), ("discard", "mallory", 404),
            ("cancel", "mallory", 404), ("settle", "bob", 403),
        ],
    )  # fmt: skip
    def test_are_refused_to_people_without_permission(
        self,
        client: Client,
        planned_run: Run,
        request: pytest.FixtureRequest,
        verb: str,
        person: str,
        answer: int,
    ) -> None:
        client.force_login(request.getfixturevalue(person))

        response = client.post(f"/runs/{planned_run.pk}/{verb}/")

        assert response.status_code == answer
        planned_run.refresh_from_db()
        assert planned_run.status == RunStatus.PLANNED

    def test_approve_changes_the_status_and_redirects_to_the_run(
        self, client: Client, oscar: User, planned_run: Run
    ) -> None:
        client.force_login(oscar)

        response = client.post(f"/runs/{planned_run.pk}/approve/")

        assert response.headers["Location"] == f"/runs/{planned_run.pk}/"
        planned_run.refresh_from_db()
        assert (planned_run.status, planned_run.approved_by) == (RunStatus.APPROVED, oscar)

    def test_approving_ones_own_run_shows_a_message_and_is_audited(
        self, client: Client, oscar: User, environment: Environment
    ) -> None:
        own = stage.run(environment, by=oscar, status=RunStatus.PLANNED)
        client.force_login(oscar)

        response = client.post(f"/runs/{own.pk}/approve/", follow=True)

        assert "You requested this run" in response.content.decode()
        own.refresh_from_db()
        assert own.status == RunStatus.PLANNED
        assert AuditEntry.objects.filter(action="run.approve", result="denied", actor="oscar").exists()

    @pytest.mark.parametrize("verb", ["settle", "replan"])
    def test_a_refused_action_of_operators_is_audited_as_such(
        self, client: Client, bob: User, planned_run: Run, verb: str
    ) -> None:
        client.force_login(bob)

        client.post(f"/runs/{planned_run.pk}/{verb}/")

        assert AuditEntry.objects.filter(action="run.operate", result="denied", actor="bob").exists()

    def test_a_second_approval_shows_a_message(self, client: Client, oscar: User, planned_run: Run) -> None:
        client.force_login(oscar)
        client.post(f"/runs/{planned_run.pk}/approve/")

        response = client.post(f"/runs/{planned_run.pk}/approve/", follow=True)

        assert "It has no plan that waits" in response.content.decode()

    def test_a_link_cannot_take_a_decision(self, client: Client, oscar: User, planned_run: Run) -> None:
        client.force_login(oscar)

        assert client.get(f"/runs/{planned_run.pk}/approve/").status_code == 405


class TestForecast:
    def facts(self, client: Client, person: User, run: Run) -> dict[str, Any]:
        page = page_of(client, person, run)
        text = page.split('<script id="run-facts" type="application/json">')[1].split("</script>")[0]
        found: dict[str, Any] = json.loads(text)
        return found

    def test_has_the_dependencies_only_of_the_blueprint_version_of_the_run(
        self, client: Client, alice: User, applying_run: Run
    ) -> None:
        assert self.facts(client, alice, applying_run)["dependencies"] == {}

        blueprint = catalogue.blueprint("boxes")
        assert blueprint
        Run.objects.filter(pk=applying_run.pk).update(blueprint_digest=blueprint.digest)

        dependencies = self.facts(client, alice, applying_run)["dependencies"]
        assert dependencies == {
            address: sorted(others) for address, others in blueprint.dependencies.items() if others
        }

    def test_has_the_usual_times_in_seconds(
        self, client: Client, alice: User, environment: Environment, shop: Team, account: CloudAccount
    ) -> None:
        other = stage.environment(owner=alice, team=shop, account=account, name="web-2")
        built = stage.run(other, status=RunStatus.APPLYING)
        times = [["terraform_data.box[0]", "create", 2.5]]
        done = lifecycle.Move(to=RunStatus.APPLIED, columns={"resource_times": times})
        lifecycle.move(run_id=built.pk, to=done, now=timezone.now())

        asked = stage.run(environment, status=RunStatus.APPLYING)

        usual = self.facts(client, alice, asked)["usual"]
        assert usual == {"create": {"terraform_data.box": 2.5, "terraform_data": 2.5}}
