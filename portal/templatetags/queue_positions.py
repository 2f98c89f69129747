"""Look up a run's position in the queue."""

from collections.abc import Mapping
from uuid import UUID

from django import template

from provisioner.models import Run
from provisioner.scheduling import queue

register = template.Library()


@register.filter
def position_of(positions: Mapping[UUID, queue.Position], run: Run) -> queue.Position | None:
    """The run's position in the queue; None if it does not wait for a slot."""
    found = positions.get(run.pk)
    return found if found and found.position else None
