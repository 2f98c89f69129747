"""Liveness, readiness, metrics, and pages without a database."""

from typing import Any

import pytest
from django.db import InternalError, OperationalError, connection
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from portal.accounts.models import User
from provisioner.models import Run, WorkerHost

NOWHERE = "redis://127.0.0.1:1"


@pytest.fixture(autouse=True)
def _no_redis(settings: Settings) -> None:
    settings.REDIS_URL = NOWHERE


def database_away(*args: Any, **kwargs: Any) -> Any:
    raise OperationalError("connection refused")


def checks(client: Client, **more: Any) -> Any:
    return client.get("/readyz", **more).json().get("checks")


class TestHealthz:
    def test_answers_ok(self, client: Client) -> None:
        response = client.get("/healthz")

        assert (response.status_code, response.content) == (200, b"ok\n")

    def test_answers_ok_without_a_database(self, client: Client) -> None:
        with connection.execute_wrapper(database_away):
            assert client.get("/healthz").status_code == 200


@pytest.mark.django_db
class TestReadyz:
    def test_says_what_is_missing_and_what_to_do(self, client: Client) -> None:
        response = client.get("/readyz")

        found = response.json()["checks"]
        assert response.status_code == 503
        assert found["database"] == {"ok": True, "message": ""}
        assert "REDIS_URL" in found["redis"]["message"]
        assert "manage.py worker runs" in found["workers"]["message"]

    def test_repeats_the_message_of_a_worker_without_terraform(self, client: Client) -> None:
        missing = "Terraform is not on PATH; install it."
        WorkerHost.objects.create(
            host_id="h", boot_id="b", slots=2, last_seen_at=timezone.now(), trouble=missing
        )

        found = checks(client)

        assert found["workers"]["ok"] is True
        assert found["terraform"] == {"ok": False, "message": missing}

    def test_checks_terraform_itself_if_there_is_no_worker(self, client: Client, settings: Settings) -> None:
        from portal.monitoring import health

        settings.TERRAFORM_BINARY = "/nowhere/terraform"
        health._tooling.cache_clear()

        message = checks(client)["terraform"]["message"]
        health._tooling.cache_clear()

        assert "/nowhere/terraform" in message

    def test_says_that_the_database_does_not_respond(self, client: Client) -> None:
        with connection.execute_wrapper(database_away):
            response = client.get("/readyz")

        assert response.status_code == 503
        assert "connection refused" in response.json()["checks"]["database"]["message"]

    def test_shows_the_checks_only_to_this_machine_operators_and_admins(
        self, client: Client, alice: User, oscar: User
    ) -> None:
        elsewhere: dict[str, Any] = {"REMOTE_ADDR": "198.51.100.7"}

        assert client.get("/readyz", **elsewhere).json() == {"ready": False}
        assert checks(client, headers={"x-forwarded-for": "198.51.100.7"}) is None
        client.force_login(alice)
        assert checks(client, **elsewhere) is None
        client.force_login(oscar)
        assert checks(client, **elsewhere)


@pytest.mark.django_db
class TestMetrics:
    def test_count_runs_events_queue_and_requests(self, client: Client, planned_run: Run) -> None:
        client.get("/healthz")

        text = client.get("/metrics").content.decode()

        assert 'portal_runs{status="planned"} 1.0' in text
        assert 'portal_runs{status="failed"} 0.0' in text
        assert f"portal_events_total {float(planned_run.last_seq)}" in text
        assert "portal_queue_length 0.0" in text
        assert "portal_database_up 1.0" in text
        assert 'portal_http_request_seconds_count{method="GET",route="healthz",status="200"}' in text

    def test_contain_no_names_and_no_ids(self, client: Client, planned_run: Run) -> None:
        client.get(f"/api/v1/runs/{planned_run.pk}/")

        text = client.get("/metrics").content.decode()

        assert "api-run" in text
        assert str(planned_run.pk) not in text
        assert "alice" not in text
        assert "web-1" not in text

    def test_work_without_a_database(self, client: Client) -> None:
        with connection.execute_wrapper(database_away):
            text = client.get("/metrics").content.decode()

        assert "portal_database_up 0.0" in text


@pytest.mark.django_db
class TestWithoutADatabase:
    def test_a_signed_in_person_gets_a_503_page(self, alice: User) -> None:
        client = Client(raise_request_exception=False)
        client.force_login(alice)

        with connection.execute_wrapper(database_away):
            response = client.get("/profile/")

        assert response.status_code == 503
        assert response["Retry-After"] == "5"
        assert "database" in response.content.decode()

    @pytest.mark.parametrize("address", ["/profile/", "/api/v1/environments/"])
    def test_a_read_only_database_gives_503_too(self, alice: User, address: str) -> None:
        client = Client(raise_request_exception=False)
        client.force_login(alice)

        def only_reads(*given: Any) -> None:
            raise InternalError("cannot execute INSERT in a read-only transaction")

        with connection.execute_wrapper(only_reads):
            response = client.get(address)

        assert response.status_code == 503

    def test_the_api_answers_503_as_json(self, alice: User, program: Client) -> None:
        with connection.execute_wrapper(database_away):
            response = program.get("/api/v1/environments/")

        assert response.status_code == 503
        assert response.json()["errors"]["__all__"]

    def test_the_events_answer_503_too(self, program: Client, applied_run: Run) -> None:
        with connection.execute_wrapper(database_away):
            response = program.get(f"/api/v1/runs/{applied_run.pk}/events/")

        assert response.status_code == 503
        assert response.json()["errors"]["__all__"]
