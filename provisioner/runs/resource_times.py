"""How long resources take: recorded with each complete apply, and the usual times from several of them."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from statistics import median

from provisioner.models import Run, RunEvent
from provisioner.run_status import RunStatus

# This many applies say what is usual; older ones are out of date.
RECENT_RUNS = 20
_INDEX = re.compile(r"\[[^\]]*\]")
_ACTIONS = frozenset({"create", "update", "delete"})

# [address, action, seconds], as in `Run.resource_times`.
Times = list[list[object]]
# Seconds by action, then by a resource's address without index, and by its type.
Usual = Mapping[str, Mapping[str, float]]


def measured(run: Run) -> Times:
    """Each resource's action, with the seconds between its two events in the run's apply.

    By the events' own times: Terraform rounds its `elapsed_seconds`. Both halves of a replacement count.
    """
    types = ("apply_start", "apply_complete")
    found = RunEvent.objects.filter(run_id=run.pk, phase="apply", type__in=types).order_by("seq")
    begun: dict[tuple[str, str], float] = {}
    times: Times = []
    for kind, at, address, data in found.values_list("type", "at", "resource", "data"):
        key = (address, str(data.get("action")))
        if kind == "apply_start":
            begun[key] = at.timestamp()
        elif key in begun and key[1] in _ACTIONS:
            times.append([*key, round(at.timestamp() - begun.pop(key), 3)])
    return times


def usual(run: Run) -> Usual:
    """Medians of the latest complete applies of the same blueprint in the same account, the run's size
    first.

    If a size has no times yet, another size's times are better than none. One query.
    """
    there = run.environment
    recent = Run.objects.filter(
        environment__blueprint=there.blueprint,
        environment__account_id=there.account_id,
        status=RunStatus.APPLIED,
        resource_times__isnull=False,
    ).exclude(pk=run.pk)
    rows = recent.order_by("-queued_at").values_list("size", "resource_times")[:RECENT_RUNS]
    applies: list[tuple[str, Times]] = [(size, times or []) for size, times in rows]
    same = _by_key([times for size, times in applies if size == run.size])
    any_size = _by_key([times for _, times in applies])
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for action, key in any_size:
        found[action][key] = round(median(same.get((action, key)) or any_size[action, key]), 3)
    return found


def without_index(address: str) -> str:
    """`aws_subnet.app["a"]` as `aws_subnet.app`: instances of one resource take about the same time."""
    return _INDEX.sub("", address)


def type_of(address: str) -> str:
    """The resource's type, in any module."""
    return without_index(address).split(".")[-2]


def _by_key(applies: Sequence[Times]) -> dict[tuple[str, str], list[float]]:
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    for times in applies:
        for address, action, seconds in times:
            for key in _keys(str(address)):
                found[str(action), key].append(float(str(seconds)))
    return found


def _keys(address: str) -> Iterator[str]:
    yield without_index(address)
    yield type_of(address)
