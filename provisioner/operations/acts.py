"""A person's operation: whose name the audit trail records, and waking a worker after the commit."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from provisioner import audit
from provisioner.models import Environment, Run
from provisioner.permissions import Person
from provisioner.run_status import RunStatus
from provisioner.scheduling import dispatch


@contextmanager
def act_of(person: Person) -> Iterator[None]:
    """One transaction in which everything that the audit trail records is done by this person.

    If the actor is known already, with address and request, it is kept.
    """
    current = audit.current_actor()
    known = current.name == person.username
    actor = current if known else audit.Actor(name=person.username, role=person.role)
    with audit.acting(actor), transaction.atomic():
        yield


def misspelt(environment: Environment, name: str) -> str:
    """A sentence unless `name` is the environment's name. People type it for what cannot be undone."""
    if name.strip() == environment.name:
        return ""
    return _("This is not the name of the environment. Type %(name)s.") % {"name": environment.name}


def status_word(run: Run) -> str:
    """The run's status within a sentence."""
    return str(RunStatus(run.status).label).lower()


def dispatch_on_commit(*, run_id: UUID, now: datetime) -> None:
    """Publish the run once the open transaction is committed. A broker that is away breaks nothing."""
    transaction.on_commit(lambda: dispatch.publish(run_id=run_id, now=now), robust=True)
