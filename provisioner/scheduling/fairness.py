"""Fairness: in which order waiting runs start, and how long each waits. Uses no database.

`RANKS` says which kinds come first. A new kind of run is added there, and nowhere else.
"""

import heapq
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from provisioner.run_status import RunKind

# An approved plan ages, whatever its kind; what is destroyed costs money until it is gone. A kind that
# nobody waits for, such as a check for drift, would have 2.
APPROVED_RANK = 0
RANKS: dict[str, int] = {RunKind.DESTROY: 0, RunKind.CREATE: 1, RunKind.UPDATE: 1}
# A run that has waited this long moves up one rank, and again after the same time.
PATIENCE = timedelta(minutes=30)
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A run that waits for a slot.

    `rank`: 0 starts before 1. `place`: how many earlier runs its team has in the same rank. `host_id`: the
    only host that can take it, or empty. `team_served_at`: when a run of its team last got a slot.
    """

    run_id: UUID
    status: str
    kind: str
    blueprint: str
    queued_at: datetime
    team_id: int
    team_served_at: datetime | None
    host_id: str
    rank: int
    place: int


def in_fair_order(rows: Iterable[Waiting], *, busy: Mapping[int, int]) -> list[Waiting]:
    """The rows, the next to start first. `busy` is the number of running runs by team.

    The rule: destroying and applying come before planning (`RANKS`). Within a rank, teams alternate: a
    team's first waiting run goes behind as many rounds as the team has running runs, its second one round
    later, and so on, in the order of the requests. Within a round, the team that got a slot longest ago is
    first, then the earlier request. So a team with many runs waits for its own runs, and another team's
    single run waits for at most one run of each team.
    """
    return sorted(rows, key=lambda row: (row.rank, busy.get(row.team_id, 0) + row.place, *_among_equals(row)))


def _among_equals(row: Waiting) -> tuple[datetime, datetime, str]:
    return row.team_served_at or _NEVER, row.queued_at, str(row.run_id)


def until_rank(base: int, *, now: datetime) -> list[tuple[int, datetime]]:
    """(rank, time), best rank last: a request made after the time has that rank, if none before it."""
    return [(rank, now - (base - rank + 1) * PATIENCE) for rank in range(base, 0, -1)]


def startable(line: Sequence[Waiting], *, free: Mapping[str, int]) -> list[Waiting]:
    """The rows, in their order, that would get a slot now. `free` is the number of free slots by host.

    A run that only one host can take waits for that host, and does not hold up the runs behind it.
    """
    left = dict(free)
    taken = []
    for row in line:
        host = row.host_id or max(left, key=lambda name: left[name], default="")
        if left.get(host, 0) > 0:
            left[host] -= 1
            taken.append(row)
    return taken


def starts(
    seconds: Sequence[float | None], *, busy_left: Collection[float | None], slots: int
) -> list[float | None]:
    """In how many seconds each row starts, given how long each takes and how long the running ones still
    need.

    None from the first row on for which that is not known.
    """
    if slots < 1 or None in busy_left:
        return [None] * len(seconds)
    ends = sorted(each for each in busy_left if each is not None)[-slots:]
    # Every idle slot is free now.
    ends = [0.0] * (slots - len(ends)) + ends
    found: list[float | None] = []
    for takes in seconds:
        found.append(ends[0])
        if takes is None:
            break
        heapq.heapreplace(ends, ends[0] + takes)
    return found + [None] * (len(seconds) - len(found))
