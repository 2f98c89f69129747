"""The page of a run, and events for it."""

from typing import Any

from django.db import transaction
from django.test import Client
from django.utils import timezone

from portal.accounts.models import User
from provisioner.models import Run
from provisioner.runs import events, lifecycle


def page_of(client: Client, person: User, run: Run) -> str:
    """The run's page as this person sees it."""
    client.force_login(person)
    response = client.get(f"/runs/{run.pk}/")
    assert response.status_code == 200
    return response.content.decode()


def append_event(run: Run, **event: Any) -> None:
    """Append an event to the run's event log; keywords replace the defaults."""
    columns: dict[str, Any] = {"at": timezone.now(), "phase": "apply", "type": "log", "message": ""} | event
    with transaction.atomic():
        events.append(lifecycle.lock_run(run.pk), [events.NewEvent(**columns)])
