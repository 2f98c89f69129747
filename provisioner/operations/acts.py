"""A person's act: under whose name the trail notes it, and the wake-up of a worker once it is committed."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.db import transaction

from provisioner import audit
from provisioner.models import Environment
from provisioner.permissions import Person
from provisioner.scheduling import dispatch


@contextmanager
def act_of(person: Person) -> Iterator[None]:
    """One transaction, in which whatever the trail notes is this person's doing.

    A door that has said more already (address, request) is left as it is.
    """
    current = audit.current_actor()
    known = current.name == person.username
    actor = current if known else audit.Actor(name=person.username, role=person.role)
    with audit.acting(actor), transaction.atomic():
        yield


def misspelt(environment: Environment, name: str) -> str:
    """A sentence unless this is the environment's name: typed by whoever asks for what cannot be undone."""
    wanted = environment.name
    return "" if name.strip() == wanted else f"This is not the name. Type {wanted} exactly."


def dispatch_on_commit(*, run_id: Any, now: datetime) -> None:
    """Publish the run once the open transaction is committed. A broker that is away breaks nothing."""
    transaction.on_commit(lambda: dispatch.publish(run_id=run_id, now=now), robust=True)
