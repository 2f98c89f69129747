"""Which person may use which route, for every route."""

import uuid
from typing import Any

import pytest
from django.test import Client

from portal.accounts.models import User
from provisioner.models import AuditEntry, Environment, Run
from provisioner.run_status import RunStatus
from tests.portal.routes import Route, routes
from tests.support import stage

# The last one only redirects to an address that needs a token.
PUBLIC = {"healthz", "readyz", "metrics", "sign-in", "javascript-catalog", "api-audit-old-address"}
ALL = routes()
WITH_AN_OBJECT = [route for route in ALL if route.has_an_object]
AUDIT_ROUTES = {"audit", "audit-chain", "audit-export", "api-audit"}

# The possible status codes: allowed, not visible, visible but not allowed.
ALLOWED, NOT_FOUND, FORBIDDEN = {200, 202, 204, 302, 400, 409, 422}, {404}, {403}
MEMBERS, SEE_ALL, OPERATE = ("alice", "bob"), ("audrey",), ("oscar", "ada")

SEE = dict.fromkeys(MEMBERS + SEE_ALL + OPERATE, ALLOWED) | {"mallory": NOT_FOUND}
TOUCH = dict.fromkeys(MEMBERS + OPERATE, ALLOWED) | {"audrey": FORBIDDEN, "mallory": NOT_FOUND}
DECIDE = (
    dict.fromkeys(MEMBERS + SEE_ALL, FORBIDDEN) | dict.fromkeys(OPERATE, ALLOWED) | {"mallory": NOT_FOUND}
)
MATRIX = {
    ("GET", "environment"): SEE,
    ("GET", "environment-status"): SEE,
    ("GET", "environment-instances"): SEE,
    ("GET", "change"): TOUCH,
    ("POST", "change"): TOUCH,
    ("POST", "change-check"): TOUCH,
    ("GET", "destroy"): TOUCH,
    ("POST", "destroy"): TOUCH,
    ("GET", "run"): SEE,
    ("GET", "run-actions"): SEE,
    ("GET", "run-log-text"): SEE,
    ("GET", "run-log-lines"): SEE,
    ("POST", "run-approve"): DECIDE,
    ("POST", "run-discard"): TOUCH,
    ("POST", "run-cancel"): TOUCH,
    ("POST", "run-force"): DECIDE,
    ("POST", "run-unlock"): DECIDE,
    ("POST", "run-push"): DECIDE,
    ("POST", "run-look"): DECIDE,
    ("POST", "run-settle"): DECIDE,
    ("POST", "run-replan"): DECIDE,
    ("POST", "run-again"): TOUCH,
    ("GET", "api-environment"): SEE,
    ("PATCH", "api-environment"): TOUCH,
    ("DELETE", "api-environment"): TOUCH,
    ("GET", "api-run"): SEE,
    ("GET", "api-run-events"): SEE,
    ("POST", "api-run-approve"): DECIDE,
    ("POST", "api-run-discard"): TOUCH,
    ("POST", "api-run-cancel"): TOUCH,
    ("POST", "api-run-force"): DECIDE,
    ("POST", "api-run-unlock"): DECIDE,
    ("POST", "api-run-push"): DECIDE,
    ("POST", "api-run-look"): DECIDE,
    ("POST", "api-run-settle"): DECIDE,
    ("POST", "api-run-replan"): DECIDE,
}
PEOPLE = ("alice", "bob", "mallory", "oscar", "audrey", "ada")


@pytest.fixture
def people(alice: User, bob: User, mallory: User, oscar: User, audrey: User, ada: User) -> dict[str, User]:
    return {person.username: person for person in (alice, bob, mallory, oscar, audrey, ada)}


def send(client: Client, route: Route, method: str, *, environment_id: Any, run_id: Any) -> Any:
    """Send a request to the route."""
    address = route.address(environment_id=environment_id, run_id=run_id)
    response: Any = client.generic(method, address, b"", content_type="application/x-www-form-urlencoded")
    if response.streaming and not response.is_async:
        response.getvalue()
    return response


def route_named(name: str) -> Route:
    return next(route for route in ALL if route.name == name)


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
class TestWithoutSigningIn:
    def test_only_public_routes_can_be_used(self, client: Client, planned_run: Run, method: str) -> None:
        ids = {"environment_id": planned_run.environment_id, "run_id": planned_run.pk}

        answers = {route: send(client, route, method, **ids) for route in ALL}

        public = {route.name for route, answer in answers.items() if not needs_sign_in(route, answer)}
        assert public == PUBLIC
        assert not [route for route, answer in answers.items() if b"web-1" in answer.content]


def needs_sign_in(route: Route, answer: Any) -> bool:
    """401 as JSON for programs, a redirect to the sign-in page for people."""
    if route.is_api:
        return answer.status_code in (401, 405)
    return bool(answer.status_code == 302 and answer["Location"].startswith("/sign-in/?next="))


class TestRoutesWithAnObject:
    def test_are_in_the_matrix(self) -> None:
        assert {name for _, name in MATRIX} == {route.name for route in WITH_AN_OBJECT}

    @pytest.mark.parametrize("person", PEOPLE)
    def test_allow_what_the_matrix_says(self, people: dict[str, User], planned_run: Run, person: str) -> None:
        client = Client()
        client.force_login(people[person])
        ids = {"environment_id": planned_run.environment_id, "run_id": planned_run.pk}

        answers = {
            (method, name): send(client, route_named(name), method, **ids).status_code
            for method, name in MATRIX
        }

        wrong = {each: code for each, code in answers.items() if code not in MATRIX[each][person]}
        assert wrong == {}

    @pytest.mark.parametrize("person", PEOPLE)
    def test_audit_each_refusal_once_and_change_nothing(
        self, people: dict[str, User], planned_run: Run, person: str
    ) -> None:
        client = Client()
        client.force_login(people[person])
        ids = {"environment_id": planned_run.environment_id, "run_id": planned_run.pk}
        refused = [each for each in MATRIX if MATRIX[each][person] is not ALLOWED]

        numbers = [send(client, route_named(name), method, **ids)["X-Request-ID"] for method, name in refused]

        denied = AuditEntry.objects.filter(result="denied", actor=person).order_by("seq")
        assert [entry.request_id for entry in denied] == numbers
        planned_run.refresh_from_db()
        assert planned_run.status == RunStatus.PLANNED
        assert planned_run.cancel_asked_at is None
        assert Run.objects.count() == 1

    @pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
    def test_answer_another_team_as_if_the_id_did_not_exist(
        self, mallory: User, planned_run: Run, method: str
    ) -> None:
        client = Client()
        client.force_login(mallory)

        for route in WITH_AN_OBJECT:
            foreign = send(
                client, route, method, environment_id=planned_run.environment_id, run_id=planned_run.pk
            )
            missing = send(client, route, method, environment_id=uuid.uuid4(), run_id=uuid.uuid4())
            assert foreign.status_code in (404, 405), route.name
            assert foreign.status_code == missing.status_code, route.name
            assert b"web-1" not in foreign.content, route.name

    def test_audit_nothing_about_an_id_that_does_not_exist(self, ada: User) -> None:
        client = Client()
        client.force_login(ada)
        before = AuditEntry.objects.count()

        for route in WITH_AN_OBJECT:
            for method in ("GET", "POST"):
                send(client, route, method, environment_id=uuid.uuid4(), run_id=uuid.uuid4())

        assert AuditEntry.objects.count() == before


@pytest.mark.parametrize("person", PEOPLE)
class TestPerson:
    def test_reads_the_audit_trail_only_as_auditor_or_admin(
        self, people: dict[str, User], person: str
    ) -> None:
        client = Client()
        client.force_login(people[person])
        may = person in ("audrey", "ada")

        for name in sorted(AUDIT_ROUTES):
            answer = send(client, route_named(name), "GET", environment_id=None, run_id=None)
            assert answer.status_code == (200 if may else 403), name

        denied = AuditEntry.objects.filter(result="denied", actor=person).count()
        assert denied == (0 if may else len(AUDIT_ROUTES))

    def test_sees_in_lists_only_what_they_may_see(
        self, people: dict[str, User], planned_run: Run, person: str
    ) -> None:
        client = Client()
        client.force_login(people[person])

        for address in ("/", "/runs/", "/api/v1/environments/", "/api/v1/runs/"):
            response = client.get(address)
            assert response.status_code == 200
            assert (b"web-1" in response.content) is (person != "mallory"), address


class TestFormerMember:
    def test_who_is_disabled_is_signed_out_immediately(
        self, client: Client, alice: User, environment: Environment
    ) -> None:
        client.force_login(alice)
        assert client.get("/api/v1/environments/").status_code == 200

        alice.is_active = False
        alice.save()

        assert client.get("/api/v1/environments/").status_code == 401

    def test_of_the_team_no_longer_sees_its_environments(
        self, client: Client, alice: User, environment: Environment
    ) -> None:
        client.force_login(alice)
        alice.teams.clear()

        assert client.get(f"/api/v1/environments/{environment.pk}/").status_code == 404


def test_a_person_in_two_teams_sees_each_environment_once(
    client: Client, alice: User, lab: Any, environment: Environment
) -> None:
    alice.teams.add(lab)
    stage.run(environment)
    client.force_login(alice)

    assert client.get("/api/v1/environments/").json()["count"] == 1
