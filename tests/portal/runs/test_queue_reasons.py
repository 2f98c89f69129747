"""Why a run waits: the same text on its page, in the list of runs and in the API."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from portal.accounts.models import User
from provisioner.models import CloudAccount, Environment, Run, Team, WorkerHost
from provisioner.run_status import RunStatus
from provisioner.runs import lifecycle
from tests.support import stage
from tests.support.portal import Program


@pytest.fixture
def waiting_run(environment: Environment) -> Run:
    return stage.run(environment)


@pytest.fixture
def two_busy(alice: User, shop: Team, account: CloudAccount) -> None:
    """Both slots of the only worker have been busy for a minute; recent runs took four minutes."""
    now = timezone.now()
    record_heartbeat(now)
    for name in ("busy-1", "busy-2"):
        run = stage.run(stage.environment(owner=alice, team=shop, account=account, name=name))
        stage.move(run, RunStatus.PLANNING)
        Run.objects.filter(pk=run.pk).update(started_at=now - timedelta(minutes=1))
    before = stage.run(stage.environment(owner=alice, team=shop, account=account, name="before"))
    for step in stage.PATH[RunStatus.APPLYING]:
        stage.move(before, step)
    times = {"started_at": -4, "planned_at": -2, "applying_at": -2}
    Run.objects.filter(pk=before.pk).update(
        **{name: now + timedelta(minutes=minutes) for name, minutes in times.items()}
    )
    lifecycle.move(run_id=before.pk, to=lifecycle.Move(to=RunStatus.APPLIED), now=now)


def record_heartbeat(at: datetime) -> None:
    WorkerHost.objects.create(host_id="one", boot_id="boot", slots=2, last_seen_at=at)


def texts(client: Client, person: User, run: Run) -> tuple[str, str, str]:
    """The page of the run, the list of runs, and the reason in the API."""
    client.force_login(person)
    reason: str = Program(person).get(f"/api/v1/runs/{run.pk}/").json()["queue"]["reason"]
    return client.get(f"/runs/{run.pk}/").content.decode(), client.get("/runs/").content.decode(), reason


def test_busy_slots_and_about_how_long(client: Client, alice: User, waiting_run: Run, two_busy: None) -> None:
    page, listing, reason = texts(client, alice, waiting_run)

    assert reason == "2 of 2 slots are busy. Expected wait: about 3 min."
    assert reason in page
    assert reason in listing
    assert "Next in the queue" in page


def test_no_worker_alive_and_since_when(client: Client, alice: User, waiting_run: Run) -> None:
    silent_since = timezone.now() - timedelta(minutes=10)
    record_heartbeat(silent_since)

    page, listing, reason = texts(client, alice, waiting_run)

    assert reason.startswith(f"No worker has responded since {silent_since:%H:%M} UTC.")
    assert reason in page
    assert reason in listing


class TestRunOfTheSameEnvironment:
    """Nothing is queued behind it: a person who requests a second run learns which run they wait for."""

    REASON = "Wait for run 1 of this environment, which is applying."

    def test_is_named_on_the_page(self, client: Client, alice: User, applying_run: Run) -> None:
        client.force_login(alice)

        for part in ("", "change/", "destroy/"):
            page = client.get(f"/environments/{applying_run.environment_id}/{part}", follow=True)
            assert self.REASON in page.content.decode(), part

    def test_is_named_in_the_api(self, program: Program, applying_run: Run) -> None:
        response = program.delete(f"/api/v1/environments/{applying_run.environment_id}/")

        assert response.status_code == 409
        assert response.json()["errors"]["__all__"] == [self.REASON]
        assert Run.objects.count() == 1
