"""The run page as it stands before any script runs."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portal.runs import page_context
from provisioner import catalogue, operations
from provisioner.models import AuditEntry, CloudAccount, Environment, Run, Team
from provisioner.run_status import RunStatus
from provisioner.runs import events, lifecycle
from tests.support import stage


def page_of(client: Client, person: Any, run: Run) -> str:
    client.force_login(person)
    response = client.get(f"/runs/{run.pk}/")
    assert response.status_code == 200
    return response.content.decode()


def tell(run: Run, **event: Any) -> None:
    told: dict[str, Any] = {"at": timezone.now(), "phase": "apply", "type": "log", "message": ""} | event
    with transaction.atomic():
        events.append(lifecycle.lock_run(run.pk), [events.NewEvent(**told)])


class TestRunPage:
    def test_says_what_is_going_on_without_any_script(
        self, client: Client, alice: Any, applying_run: Run
    ) -> None:
        page = page_of(client, alice, applying_run)

        for fact in ("web-1", "Applying", "alice", "Shop", "Simulated AWS", "ap-northeast-2", "Cancel run"):
            assert fact in page
        assert f"/runs/{applying_run.pk}/log.txt" in page.partition("<noscript>")[2]

    def test_has_no_script_or_style_of_its_own(self, client: Client, alice: Any, applying_run: Run) -> None:
        page = page_of(client, alice, applying_run)

        assert "<style" not in page
        assert " style=" not in page
        assert "onclick" not in page

    def test_is_not_there_for_who_may_not_see_it_and_the_trail_knows(
        self, client: Client, mallory: Any, applying_run: Run
    ) -> None:
        client.force_login(mallory)

        answers = [client.get(f"/runs/{applying_run.pk}/{door}").status_code for door in ("", "actions/")]

        assert answers == [404, 404]
        assert AuditEntry.objects.filter(actor="mallory", action="run.see", result="denied").count() == 2

    def test_tells_the_requester_who_may_approve(self, client: Client, alice: Any, planned_run: Run) -> None:
        page = page_of(client, alice, planned_run)

        assert "Plan ready, waiting for approval" in page
        assert "An operator or an admin other than alice" in page
        assert 'id="approve-run"' not in page

    def test_lets_an_operator_approve_and_says_what_will_be_lost(
        self, client: Client, oscar: Any, planned_run: Run
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

    def test_puts_what_is_destroyed_before_what_is_added(
        self, client: Client, alice: Any, planned_run: Run
    ) -> None:
        resources = [
            {"address": f"t.{action}", "action": action}
            for action in ("create", "update", "replace", "delete")
        ]
        Run.objects.filter(pk=planned_run.pk).update(plan_summary={"resources": resources})

        plan = page_of(client, alice, planned_run).partition('id="run-plan"')[2]

        places = [plan.index(f"t.{action}") for action in ("delete", "replace", "update", "create")]
        assert places == sorted(places)

    def test_warns_of_what_holds_data_and_would_go(
        self, client: Client, alice: Any, planned_run: Run
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

    def test_says_beforehand_what_a_cancel_does(self, client: Client, alice: Any, applying_run: Run) -> None:
        dialog = page_of(client, alice, applying_run).partition('id="cancel-run"')[2]

        assert "Terraform is interrupted." in dialog
        assert "tainted" in dialog

    def test_of_a_stopping_run_says_who_asked_and_offers_no_second_cancel(
        self, client: Client, alice: Any, applying_run: Run
    ) -> None:
        operations.cancel(run_id=applying_run.pk, by=alice, now=timezone.now())

        page = page_of(client, alice, applying_run)

        assert "Stopping. alice requested it" in page
        assert 'id="cancel-run"' not in page

    def test_shows_the_first_error_of_a_failed_run(
        self, client: Client, alice: Any, applying_run: Run
    ) -> None:
        data = {
            "summary": "limit <b>reached</b>",
            "detail": "Ask for more.",
            "filename": "main.tf",
            "line": 3,
        }
        tell(
            applying_run,
            type="diagnostic",
            level="error",
            resource="aws_vpc.this",
            message="Error",
            data=data,
        )
        tell(applying_run, type="diagnostic", level="error", message="Error", data={"summary": "a later one"})
        stage.move(applying_run, RunStatus.FAILED)

        page = page_of(client, alice, applying_run)

        assert "limit &lt;b&gt;reached&lt;/b&gt;" in page
        assert "main.tf:3" in page
        assert "a later one" not in page

    def test_says_where_a_waiting_run_stands_and_why(
        self, client: Client, alice: Any, environment: Environment
    ) -> None:
        page = page_of(client, alice, stage.run(environment))

        assert "Next in the queue" in page
        assert "No worker has been heard yet" in page

    def test_knows_a_worker_that_went_silent(self, client: Client, alice: Any, applying_run: Run) -> None:
        silent = stage.lease(timezone.now(), for_seconds=-5)
        Run.objects.filter(pk=applying_run.pk).update(**silent)

        assert "No report from the run's worker since" in page_of(client, alice, applying_run)

    def test_does_not_call_a_living_worker_silent_by_a_clock_that_is_ahead(
        self, alice: Any, applying_run: Run
    ) -> None:
        Run.objects.filter(pk=applying_run.pk).update(**stage.lease(timezone.now(), for_seconds=20))
        applying_run.refresh_from_db()

        seen = page_context.build(applying_run, user=alice, now=timezone.now() + timedelta(minutes=10))

        assert seen.silent_since is None

    def test_shows_outputs_and_proof_of_a_run_that_succeeded(
        self, client: Client, alice: Any, applied_run: Run
    ) -> None:
        page = page_of(client, alice, applied_run)

        assert "red hello" in page
        assert applied_run.sha256 in page

    def test_asks_as_many_questions_for_ten_thousand_events_as_for_ten(
        self, client: Client, alice: Any, applying_run: Run
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
    def test_follows_the_runs_status(self, client: Client, oscar: Any, planned_run: Run) -> None:
        client.force_login(oscar)
        before = client.get(f"/runs/{planned_run.pk}/actions/").content.decode()
        operations.approve(run_id=planned_run.pk, by=oscar, now=timezone.now())

        after = client.get(f"/runs/{planned_run.pk}/actions/").content.decode()

        assert 'id="approve-run"' in before
        assert 'id="approve-run"' not in after
        assert 'id="cancel-run"' in after
        for part in ("run-status", "run-attention", "run-plan", "run-outputs", "run-details"):
            assert f'id="{part}"' in after

    def test_leaves_the_element_that_asks_for_it_where_it_is(
        self, client: Client, alice: Any, applying_run: Run
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
    def test_are_refused_to_who_may_not(
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

    def test_approve_moves_the_run_and_comes_back_to_its_page(
        self, client: Client, oscar: Any, planned_run: Run
    ) -> None:
        client.force_login(oscar)

        response = client.post(f"/runs/{planned_run.pk}/approve/")

        assert response.headers["Location"] == f"/runs/{planned_run.pk}/"
        planned_run.refresh_from_db()
        assert (planned_run.status, planned_run.approved_by) == (RunStatus.APPROVED, oscar)

    def test_approving_ones_own_run_is_a_sentence_on_the_page_and_noted(
        self, client: Client, oscar: Any, environment: Environment
    ) -> None:
        own = stage.run(environment, by=oscar, status=RunStatus.PLANNED)
        client.force_login(oscar)

        response = client.post(f"/runs/{own.pk}/approve/", follow=True)

        assert "never approves their own" in response.content.decode()
        own.refresh_from_db()
        assert own.status == RunStatus.PLANNED
        assert AuditEntry.objects.filter(action="run.approve", result="denied", actor="oscar").exists()

    @pytest.mark.parametrize("verb", ["settle", "replan"])
    def test_an_operators_act_is_noted_as_such_when_it_is_refused(
        self, client: Client, bob: Any, planned_run: Run, verb: str
    ) -> None:
        client.force_login(bob)

        client.post(f"/runs/{planned_run.pk}/{verb}/")

        assert AuditEntry.objects.filter(action="run.operate", result="denied", actor="bob").exists()

    def test_a_second_approval_is_a_sentence_on_the_page(
        self, client: Client, oscar: Any, planned_run: Run
    ) -> None:
        client.force_login(oscar)
        client.post(f"/runs/{planned_run.pk}/approve/")

        response = client.post(f"/runs/{planned_run.pk}/approve/", follow=True)

        assert "it has no plan that waits" in response.content.decode()

    def test_a_link_cannot_decide(self, client: Client, oscar: Any, planned_run: Run) -> None:
        client.force_login(oscar)

        assert client.get(f"/runs/{planned_run.pk}/approve/").status_code == 405


class TestTheForecast:
    def facts(self, client: Client, person: Any, run: Run) -> dict[str, Any]:
        page = page_of(client, person, run)
        text = page.split('<script id="run-facts" type="application/json">')[1].split("</script>")[0]
        found: dict[str, Any] = json.loads(text)
        return found

    def test_has_who_waits_for_whom_in_the_blueprint_as_it_was_asked_for(
        self, client: Client, alice: Any, applying_run: Run
    ) -> None:
        assert self.facts(client, alice, applying_run)["dependencies"] == {}

        blueprint = catalogue.blueprint("boxes")
        assert blueprint
        Run.objects.filter(pk=applying_run.pk).update(blueprint_digest=blueprint.digest)

        told = self.facts(client, alice, applying_run)["dependencies"]
        assert told == {
            address: sorted(others) for address, others in blueprint.dependencies.items() if others
        }

    def test_has_what_is_usual_in_seconds(
        self, client: Client, alice: Any, environment: Environment, shop: Team, account: CloudAccount
    ) -> None:
        other = stage.environment(owner=alice, team=shop, account=account, name="web-2")
        built = stage.run(other, status=RunStatus.APPLYING)
        times = [["terraform_data.box[0]", "create", 2.5]]
        done = lifecycle.Move(to=RunStatus.APPLIED, columns={"resource_times": times})
        lifecycle.move(run_id=built.pk, to=done, now=timezone.now())

        asked = stage.run(environment, status=RunStatus.APPLYING)

        usual = self.facts(client, alice, asked)["usual"]
        assert usual == {"create": {"terraform_data.box": 2.5, "terraform_data": 2.5}}
