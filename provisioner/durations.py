"""How long runs take: the median of the recent ones that were applied, by kind and blueprint."""

from collections import defaultdict
from collections.abc import Mapping
from statistics import median

from provisioner.models import Run
from provisioner.run_status import RunStatus

RECENT_RUNS = 200
Typical = Mapping[tuple[str, str, bool], float]


def typical() -> Typical:
    """Seconds in a worker's hands by (kind, blueprint, whether only the apply). One query."""
    columns = ("kind", "environment__blueprint", "started_at", "planned_at", "applying_at", "finished_at")
    recent = Run.objects.filter(status=RunStatus.APPLIED).order_by("-queued_at").values_list(*columns)
    found: dict[tuple[str, str, bool], list[float]] = defaultdict(list)
    for kind, blueprint, started_at, planned_at, applying_at, finished_at in recent[:RECENT_RUNS]:
        if None not in (started_at, planned_at, applying_at, finished_at):
            applied = (finished_at - applying_at).total_seconds()
            found[kind, blueprint, True].append(applied)
            # Between plan and apply it may have waited for a person: no slot was held.
            found[kind, blueprint, False].append(applied + (planned_at - started_at).total_seconds())
    return {key: median(values) for key, values in found.items()}


def in_words(seconds: float) -> str:
    """A rough duration: "under a minute", "about 3 min", "about 2 h"."""
    minutes = round(seconds / 60)
    if minutes < 1:
        return "under a minute"
    return f"about {minutes} min" if minutes < 90 else f"about {round(minutes / 60)} h"
