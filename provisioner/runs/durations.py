"""How long runs take: the median of recent applied runs, by kind and blueprint."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from statistics import median

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from provisioner.models import Run
from provisioner.run_status import RunKind, RunStatus

RECENT_RUNS = 200
RECENT_CREATES = 20
Typical = Mapping[tuple[str, str, bool], float]


def typical() -> Typical:
    """Seconds in a worker's hands, by (kind, blueprint, whether only the apply). One query."""
    found: dict[tuple[str, str, bool], list[float]] = defaultdict(list)
    for kind, blueprint, planning, applying in _durations(Run.objects.all(), most=RECENT_RUNS):
        found[kind, blueprint, True].append(applying)
        found[kind, blueprint, False].append(planning + applying)
    return {key: median(values) for key, values in found.items()}


def typical_creates(*, blueprint: str, size: str) -> float | None:
    """Seconds in a worker's hands that recent creates in that size took; None if there are none. One query.

    Only accounts that are in use count: an account for tests says nothing about them.
    """
    creates = Run.objects.filter(
        kind=RunKind.CREATE,
        size=size,
        environment__blueprint=blueprint,
        environment__account__is_enabled=True,
    )
    taken = [planning + applying for _, _, planning, applying in _durations(creates, most=RECENT_CREATES)]
    return median(taken) if taken else None


def _durations(runs: QuerySet[Run], *, most: int) -> Iterator[tuple[str, str, float, float]]:
    """Kind, blueprint, and seconds for plan and apply, of the latest applied runs.

    Between the two the run may have waited for approval, without a slot.
    """
    columns = ("kind", "environment__blueprint", "started_at", "planned_at", "applying_at", "finished_at")
    recent = runs.filter(status=RunStatus.APPLIED).order_by("-queued_at").values_list(*columns)
    for kind, blueprint, started_at, planned_at, applying_at, finished_at in recent[:most]:
        if None not in (started_at, planned_at, applying_at, finished_at):
            planning, applying = planned_at - started_at, finished_at - applying_at
            yield kind, blueprint, planning.total_seconds(), applying.total_seconds()


def in_words(seconds: float) -> str:
    """A rough duration: "under 1 min", "about 3 min", "about 2 h"."""
    minutes = round(seconds / 60)
    if minutes < 1:
        return _("under 1 min")
    if minutes < 90:
        return _("about %(minutes)s min") % {"minutes": minutes}
    return _("about %(hours)s h") % {"hours": round(minutes / 60)}
