"""Destroy an environment in the browser."""

import pytest

from portal.accounts.models import User
from provisioner.models import AuditEntry, Environment, Run
from provisioner.run_status import RunKind, RunStatus
from tests.support import stage
from tests.support.pages import Browser, MakeEnvironment

pytestmark = pytest.mark.django_db


def address(environment: Environment) -> str:
    return f"/environments/{environment.pk}/destroy/"


def test_the_typed_name_queues_the_run_and_redirects_to_it(
    browser: Browser, alice: User, web: Environment
) -> None:
    response = browser(alice).post(address(web), {"name": "web-1", "idempotency_key": "k1"})

    run = Run.objects.get()
    assert (run.kind, run.status) == (RunKind.DESTROY, RunStatus.QUEUED)
    assert response["Location"] == f"/runs/{run.pk}/"


@pytest.mark.parametrize("typed", ["", "web-2", "WEB-1", "web-1\x00", "x" * 5000])
def test_a_wrong_name_destroys_nothing(browser: Browser, alice: User, web: Environment, typed: str) -> None:
    response = browser(alice).post(address(web), {"name": typed})

    assert response.status_code == 422
    assert "The name is wrong." in response.content.decode()
    assert not Run.objects.exists()


def test_the_name_field_has_the_focus(browser: Browser, alice: User, web: Environment) -> None:
    assert "required autofocus" in browser(alice).get(address(web)).content.decode()


def test_a_second_click_gets_the_same_run(browser: Browser, alice: User, web: Environment) -> None:
    client = browser(alice)
    form = {"name": "web-1", "idempotency_key": "k1"}

    first, second = client.post(address(web), form), client.post(address(web), form)

    assert first["Location"] == second["Location"]
    assert Run.objects.count() == 1


def test_the_idempotency_key_of_another_destroy_destroys_nothing(
    browser: Browser, alice: User, web: Environment, make_environment: MakeEnvironment
) -> None:
    client = browser(alice)
    other = make_environment("web-2")
    client.post(address(web), {"name": "web-1", "idempotency_key": "k1"})

    response = client.post(address(other), {"name": "web-2", "idempotency_key": "k1"})

    assert response.status_code == 422
    assert response.context["idempotency_key"] != "k1"
    assert not other.runs.exists()


def test_an_active_run_prevents_it_and_is_shown(browser: Browser, alice: User, web: Environment) -> None:
    active = stage.run(web, status=RunStatus.APPLYING)

    response = browser(alice).post(address(web), {"name": "web-1", "idempotency_key": "k1"})

    assert response["Location"] == f"/runs/{active.pk}/"
    assert Run.objects.count() == 1


def test_an_auditor_is_refused_with_a_reason_and_an_audit_entry(
    browser: Browser, audrey: User, web: Environment
) -> None:
    response = browser(audrey).post(address(web), {"name": "web-1"})

    assert response.status_code == 403
    assert "You can see this environment, but not destroy it." in response.content.decode()
    assert AuditEntry.objects.filter(actor="audrey", result="denied").exists()
    assert not Run.objects.exists()


def test_a_person_outside_the_team_gets_404(browser: Browser, mallory: User, web: Environment) -> None:
    assert browser(mallory).get(address(web)).status_code == 404
    assert browser(mallory).post(address(web), {"name": "web-1"}).status_code == 404
