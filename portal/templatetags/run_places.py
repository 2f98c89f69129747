"""Looking up a run's place in the queue."""

from collections.abc import Mapping
from typing import Any

from django import template

from provisioner.models import Run

register = template.Library()


@register.filter
def place_of(places: Mapping[Any, int], run: Run) -> int | None:
    """Where the run stands in the queue, from 1; None when it waits for nothing."""
    return places.get(run.pk)
