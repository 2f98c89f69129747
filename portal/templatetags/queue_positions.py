"""Looking up where a run stands in the queue."""

from collections.abc import Mapping
from typing import Any

from django import template

from provisioner.models import Run
from provisioner.scheduling import queue

register = template.Library()


@register.filter
def standing_of(standings: Mapping[Any, queue.Position], run: Run) -> queue.Position | None:
    """Where the run stands in the queue; None when it waits for no slot."""
    found = standings.get(run.pk)
    return found if found and found.position else None
