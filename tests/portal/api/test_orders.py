from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from provisioner import blueprints, encryption
from provisioner.blueprints import dates
from provisioner.blueprints.refusal import Rejected
from provisioner.models import AuditEntry, CloudAccount, Environment, Run, Team
from provisioner.run_status import EnvironmentStatus
from tests.support import stage
from tests.support.portal import Program

ENVIRONMENTS = "/api/v1/environments/"


def dates_in_the_past(question: blueprints.Input, day: Any, *, today: Any) -> None:
    if question.not_past:
        raise Rejected("That date is in the past.")


class TestOrder:
    def test_gives_the_environment_with_its_first_run(self, program: Program) -> None:
        response = program.order(inputs={"count_of_boxes": 3, "password": "open-sesame"})

        document = response.json()
        assert response.status_code == 201
        run = Run.objects.get()
        assert document["latest_run"] == {
            "id": str(run.pk),
            "number": 1,
            "kind": "create",
            "status": "queued",
        }
        assert (document["name"], document["status"], document["outputs"]) == ("web-2", "creating", {})
        assert (document["team"], document["account"], document["owner"]) == ("shop", "simulated", "alice")
        assert document["inputs"]["count_of_boxes"] == 3
        assert encryption.decrypted(run.inputs)["password"] == "open-sesame"

    def test_never_shows_a_sensitive_input(self, program: Program) -> None:
        response = program.order(inputs={"password": "open-sesame"})

        shown = response.content + program.get(f"/api/v1/runs/{Run.objects.get().pk}/").content
        assert b"open-sesame" not in shown
        assert response.json()["inputs"]["password"] == "(sensitive)"

    def test_needs_neither_account_nor_team_nor_size_where_there_is_no_choice(self, program: Program) -> None:
        body = {"blueprint": "boxes", "name": "web-2"}

        response = program.post(ENVIRONMENTS, body, content_type="application/json")

        assert response.status_code == 201
        assert response.json()["size"] == "small"

    def test_is_in_the_audit_trail_under_its_person(self, program: Program) -> None:
        program.order()

        entry = AuditEntry.objects.filter(action="environment.order").get()
        assert (entry.actor, entry.role, entry.object_name) == ("alice", "member", "web-2")
        assert entry.request_id

    def test_for_a_foreign_team_is_refused_and_noted(self, program: Program, lab: Team) -> None:
        response = program.order(team="lab")

        assert response.status_code == 400
        assert "shop" in response.json()["errors"]["team"][0]
        assert not Environment.objects.exists()
        assert AuditEntry.objects.filter(action="environment.order", result="denied").count() == 1

    def test_by_who_may_order_for_nobody_is_noted(self, audrey: Any, account: CloudAccount) -> None:
        response = Program(audrey).order()

        assert response.status_code == 400
        entry = AuditEntry.objects.order_by("-seq")[0]
        assert (entry.action, entry.actor, entry.result) == ("environment.order", "audrey", "denied")

    def test_by_an_auditor_is_refused(self, audrey: Any, account: CloudAccount) -> None:
        response = Program(audrey).order()

        assert response.status_code == 400
        assert "team" in response.json()["errors"]
        assert not Environment.objects.exists()

    def test_of_a_name_that_is_taken_is_refused_beside_the_name(
        self, program: Program, environment: Environment
    ) -> None:
        response = program.order(name=environment.name)

        assert response.status_code == 400
        assert list(response.json()["errors"]) == ["name"]

    def test_until_a_day_that_is_over_is_refused_beside_the_day(self, program: Program) -> None:
        response = program.order(inputs={"until": "2020-01-31"})

        assert response.status_code == 400
        assert response.json()["errors"] == {
            "until": ["This date is in the past. Enter today or a later date."]
        }

    def test_of_an_overlapping_network_is_refused_beside_the_network(self, program: Program) -> None:
        program.order(inputs={"network": "10.30.0.0/16"})

        response = program.order(name="web-3", inputs={"network": "10.30.8.0/24"})

        assert response.status_code == 400
        assert list(response.json()["errors"]) == ["network"]
        assert Environment.objects.count() == 1

    @pytest.mark.parametrize("inputs", [{}, {"network": None}], ids=["left out", "null"])
    def test_of_a_network_that_nobody_names_gets_one_that_is_free(
        self, program: Program, inputs: dict[str, None]
    ) -> None:
        program.order()

        response = program.order(name="web-3", inputs=inputs)

        assert response.status_code == 201
        first, second = (environment.networks[0] for environment in Environment.objects.order_by("name"))
        assert not blueprints.cidr_overlaps(first, second)


class TestIdempotencyKey:
    def test_makes_a_repeated_order_act_once(self, program: Program) -> None:
        first = program.order(headers={"idempotency-key": "k1"})
        second = program.order(headers={"idempotency-key": "k1"})

        assert (first.status_code, second.status_code) == (201, 201)
        assert first.json() == second.json()
        assert Run.objects.count() == 1

    def test_gives_the_run_of_an_order_whose_date_is_in_the_past_by_now(
        self, program: Program, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        order = {"headers": {"idempotency-key": "k1"}, "inputs": {"until": "2199-01-31"}}
        first = program.order(**order)
        monkeypatch.setattr(dates, "refuse_past", dates_in_the_past)

        again, other = program.order(**order), program.order(name="web-3", inputs=order["inputs"])

        assert (first.status_code, again.status_code, other.status_code) == (201, 201, 400)
        assert Run.objects.count() == 1

    def test_that_was_used_for_another_order_is_a_conflict(self, program: Program) -> None:
        program.order(headers={"idempotency-key": "k1"})

        response = program.order(name="web-3", headers={"idempotency-key": "k1"})

        assert response.status_code == 409
        assert Environment.objects.count() == 1

    @pytest.mark.parametrize(
        "other",
        [
            {"inputs": {"colour": "blue", "password": "open-sesame"}},
            {"inputs": {"colour": "red", "password": "shut-sesame"}},
            {"inputs": {"colour": "red", "password": "open-sesame"}, "size": "guarded"},
        ],
        ids=["answer", "secret", "size"],
    )
    def test_of_the_same_name_with_something_else_is_a_conflict(
        self, program: Program, other: dict[str, Any]
    ) -> None:
        order = {"inputs": {"colour": "red", "password": "open-sesame"}, "headers": {"idempotency-key": "k1"}}
        first, second = program.order(**order), program.order(**order)

        response = program.order(**order | other)

        assert (first.status_code, second.status_code, response.status_code) == (201, 201, 409)

    def test_of_a_destruction_orders_nothing(self, program: Program, environment: Environment) -> None:
        headers = {"idempotency-key": "k1"}
        program.delete(f"{ENVIRONMENTS}{environment.pk}/", headers=headers)

        response = program.order(name=environment.name, headers=headers)

        assert response.status_code == 409

    def test_is_each_persons_own(self, program: Program, bob: Any) -> None:
        program.order(headers={"idempotency-key": "k1"})

        response = Program(bob).order(
            name="web-3", inputs={"network": "10.99.0.0/16"}, headers={"idempotency-key": "k1"}
        )

        assert response.status_code == 201
        assert Environment.objects.count() == 2

    def test_of_an_order_destroys_nothing(self, program: Program, environment: Environment) -> None:
        program.order(headers={"idempotency-key": "k1"}, inputs={"network": "10.99.0.0/16"})

        response = program.delete(f"{ENVIRONMENTS}{environment.pk}/", headers={"idempotency-key": "k1"})

        assert response.status_code == 409
        assert Run.objects.filter(kind="destroy").count() == 0

    def test_of_an_order_does_not_destroy_what_was_ordered(self, program: Program) -> None:
        ordered = program.order(headers={"idempotency-key": "job-17"}).json()

        response = program.delete(f"{ENVIRONMENTS}{ordered['id']}/", headers={"idempotency-key": "job-17"})

        assert response.status_code == 409
        assert "was used for another request" in response.json()["errors"]["__all__"][0]
        assert Run.objects.count() == 1

    @pytest.mark.parametrize("key", ["k" * 65, "k\u00e9"])
    def test_that_cannot_be_kept_is_refused(self, program: Program, key: str) -> None:
        response = program.order(headers={"idempotency-key": key})

        assert response.status_code == 400
        assert "Idempotency-Key" in response.json()["errors"]
        assert not Environment.objects.exists()


class TestDestroy:
    def test_gives_the_run_that_will(self, program: Program, environment: Environment) -> None:
        response = program.delete(f"{ENVIRONMENTS}{environment.pk}/")

        document = response.json()
        assert response.status_code == 202
        assert (document["kind"], document["status"]) == ("destroy", "queued")
        assert document["environment"] == {"id": str(environment.pk), "name": "web-1"}

    def test_is_a_conflict_while_a_run_is_active(
        self, program: Program, environment: Environment, planned_run: Run
    ) -> None:
        response = program.delete(f"{ENVIRONMENTS}{environment.pk}/")

        assert response.status_code == 409
        refusal = "Wait for run 1 of this environment, which is waiting for approval."
        assert response.json()["errors"]["__all__"] == [refusal]

    def test_twice_with_one_key_gives_one_run(self, program: Program, environment: Environment) -> None:
        headers = {"idempotency-key": "gone"}

        first = program.delete(f"{ENVIRONMENTS}{environment.pk}/", headers=headers)
        second = program.delete(f"{ENVIRONMENTS}{environment.pk}/", headers=headers)

        assert (first.status_code, second.status_code) == (202, 202)
        assert first.json()["id"] == second.json()["id"]


class TestChange:
    def ask(self, program: Program, environment: Environment, body: Any, **more: Any) -> Any:
        address = f"{ENVIRONMENTS}{environment.pk}/"
        return program.patch(address, body, content_type="application/json", **more)

    def test_gives_the_run_that_will_and_keeps_what_is_not_given(
        self, program: Program, environment: Environment
    ) -> None:
        response = self.ask(program, environment, {"inputs": {"label": "other"}})

        assert response.status_code == 202
        document = response.json()
        assert (document["kind"], document["status"], document["size"]) == ("update", "queued", "small")
        run = Run.objects.get(pk=document["id"])
        assert (run.inputs["label"], encryption.decrypted(run.inputs)["password"]) == (
            "other",
            "sesame-sesame",
        )

    def test_of_nothing_plans_afresh(self, program: Program, environment: Environment) -> None:
        assert self.ask(program, environment, {}).json()["kind"] == "update"

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"inputs": {"count_of_boxes": 9}}, "count_of_boxes"),
            ({"inputs": {"until": "2020-01-31"}}, "until"),
            ({"inputs": {"lable": "x"}}, "__all__"),
            ({"size": "huge"}, "__all__"),
            ({"size": 3}, "size"),
            ({"inputs": []}, "inputs"),
            ({"name": "other"}, "name"),
        ],
    )
    def test_that_is_wrong_is_refused_by_field(
        self, program: Program, environment: Environment, body: Any, field: str
    ) -> None:
        response = self.ask(program, environment, body)

        assert response.status_code == 400
        assert list(response.json()["errors"]) == [field]
        assert not Run.objects.exists()

    def test_is_a_conflict_while_a_run_is_active_or_when_it_is_gone(
        self, program: Program, environment: Environment
    ) -> None:
        assert self.ask(program, environment, {}).status_code == 202
        assert self.ask(program, environment, {}).status_code == 409

        Run.objects.all().delete()
        Environment.objects.update(status=EnvironmentStatus.DESTROYED)
        assert self.ask(program, environment, {}).status_code == 409

    def test_twice_with_one_key_gives_one_run(self, program: Program, environment: Environment) -> None:
        headers = {"idempotency-key": "once"}

        runs = {self.ask(program, environment, {}, headers=headers).json()["id"] for _ in range(2)}
        other = self.ask(program, environment, {"inputs": {"label": "other"}}, headers=headers)

        assert len(runs) == 1
        assert other.status_code == 409


class TestList:
    @pytest.fixture
    def many(self, alice: Any, shop: Team, account: CloudAccount) -> Any:
        def make(first: int, last: int) -> None:
            for number in range(first, last):
                made = stage.environment(owner=alice, team=shop, account=account, name=f"web-{number}")
                stage.run(made)
                stage.run(stage.environment(owner=alice, team=shop, account=account, name=f"old-{number}"))

        return make

    def test_takes_as_many_queries_for_thirty_as_for_two(
        self, program: Program, many: Any, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        many(0, 1)
        program.get(ENVIRONMENTS)
        with django_assert_num_queries(4):  # token, count, page, latest runs
            program.get(ENVIRONMENTS)
        many(1, 15)

        with django_assert_num_queries(4):
            response = program.get(ENVIRONMENTS)

        assert response.json()["count"] == 30
        assert all(each["latest_run"] for each in response.json()["results"])

    def test_explains_takes_a_constant_number_of_queries_too(
        self, program: Program, many: Any, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        many(0, 10)
        program.get("/api/v1/runs/")

        with django_assert_num_queries(3):  # token, count, page
            response = program.get("/api/v1/runs/")

        assert response.json()["count"] == 20

    def test_filters_by_name_status_and_team(
        self, program: Program, many: Any, mallory: Any, lab: Team, account: CloudAccount
    ) -> None:
        many(0, 2)
        stage.environment(owner=mallory, team=lab, account=account, name="secret-lab")

        def names(query: str) -> set[str]:
            return {each["name"] for each in program.get(f"{ENVIRONMENTS}?{query}").json()["results"]}

        assert names("name=web-1") == {"web-1"}
        assert names("name=secret-lab") == set()
        assert names("status=ready") == {"web-0", "web-1", "old-0", "old-1"}
        assert names("status=failed") == set()
        assert names("team=lab") == set()

    def test_shows_the_newest_run(self, program: Program, environment: Environment, applied_run: Run) -> None:
        newer = stage.run(environment)

        [document] = program.get(ENVIRONMENTS).json()["results"]

        assert document["latest_run"]["id"] == str(newer.pk)

    def test_comes_in_pages(self, program: Program, many: Any) -> None:
        many(0, 3)

        page = program.get(f"{ENVIRONMENTS}?page=2&page_size=4").json()

        assert (page["count"], len(page["results"]), page["next"]) == (6, 2, None)

    @pytest.mark.parametrize(
        "query", ["page=0", "page=x", "page=-1", "page=99999999999999999999", "page=\u0661"]
    )
    def test_of_no_such_page_is_a_client_error(self, program: Program, query: str) -> None:
        response = program.get(f"{ENVIRONMENTS}?{query}")

        assert response.status_code in (400, 404)
        assert response.json()["errors"]

    @pytest.mark.parametrize("query", ["status=wrong", "name=a%00b", "team=%00"])
    def test_with_a_wrong_filter_is_refused_by_name(self, program: Program, query: str) -> None:
        response = program.get(f"{ENVIRONMENTS}?{query}")

        assert response.status_code == 400
        assert list(response.json()["errors"]) == [query.partition("=")[0]]


class TestDocuments:
    def test_list_exactly_their_fields(
        self, program: Program, environment: Environment, applied_run: Run
    ) -> None:
        shown = program.get(f"{ENVIRONMENTS}{environment.pk}/").json()
        run = program.get(f"/api/v1/runs/{applied_run.pk}/").json()

        assert {"id", "name", "status", "outputs", "latest_run"} <= set(shown)
        assert {"id", "kind", "status", "last_seq", "event_count", "sha256"} <= set(run)
        hidden = {
            "lease_owner",
            "fence",
            "idempotency_key",
            "state_lock_id",
            "networks",
            "host_id",
            "ingest_offset",
        }
        assert not hidden & (set(shown) | set(run))

    def test_of_blueprints_name_every_input(self, program: Program) -> None:
        listed = program.get("/api/v1/blueprints/").json()
        document = program.get("/api/v1/blueprints/boxes/").json()

        assert [each["slug"] for each in listed["results"]] == ["boxes"]
        names = [each["name"] for each in document["inputs"]]
        assert set(names) == {"count_of_boxes", "network", "colour", "label", "password", "until"}
        assert "sesame" not in str(document)

    def test_describe_themselves_in_openapi(self, client: Client, program: Program) -> None:
        schema = program.get("/api/v1/schema/?format=json")

        paths = schema.json()["paths"]
        assert client.get("/api/v1/schema/").status_code == 401
        assert "post" in paths["/api/v1/environments/"]
        assert "/api/v1/runs/{run_id}/" in paths

    def test_under_addresses_that_lead_nowhere_are_json(self, client: Client, program: Program) -> None:
        for address in ("/api/v1/nothing/", "/api/v1/", "/api/v1/environments/not-a-uuid/", "/api/v2/"):
            response = program.get(address)
            assert response.status_code in (401, 404, 302)
            assert client.get(address).status_code in (401, 302, 404)
        assert program.get("/api/v1/nothing/").json()["errors"]
