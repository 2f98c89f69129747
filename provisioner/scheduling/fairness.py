"""Whose turn it is: the order in which waiting runs start, and how long each waits. No database here.

What starts before what is `RANKS`; a new kind of run enters there, and nowhere else.
"""

import heapq
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from provisioner.run_status import RunKind

# A plan that was approved ages, whatever its kind; what is destroyed costs money until it is gone. A kind
# that nobody waits for, as a look for drift, would have 2.
APPROVED_RANK = 0
RANKS: dict[str, int] = {RunKind.DESTROY: 0, RunKind.CREATE: 1, RunKind.UPDATE: 1}
# However many come before it: a run that has waited this long moves up a rank, and again after as long.
PATIENCE = timedelta(minutes=30)
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A run that waits for a slot.

    `rank`: 0 starts before 1; `place`: how many of its team and rank were asked for before it; `host_id`: the
    only host that can take it, or empty; `team_served_at`: when a run of its team last got a slot.
    """

    run_id: Any
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
    """The rows, the one to start next first; `busy` holds the number of runs under way by team.

    The rule: destroying and applying come before planning (`RANKS`). Among equals the teams take turns: a
    team's first waiting run has as many turns before it as the team has runs under way, its second one more,
    and so on, in the order in which they were asked for. Of two runs in the same turn the one whose team got
    a slot longer ago is first, then the one asked for earlier. So a team that asks for much waits for its own
    runs, and another's single run waits for one run of each team at most.
    """
    return sorted(rows, key=lambda row: (row.rank, busy.get(row.team_id, 0) + row.place, *_among_equals(row)))


def _among_equals(row: Waiting) -> tuple[datetime, datetime, str]:
    return row.team_served_at or _NEVER, row.queued_at, str(row.run_id)


def until_rank(base: int, *, now: datetime) -> list[tuple[int, datetime]]:
    """(rank, moment), best rank last: who was asked for after the moment has that rank, if none before it."""
    return [(rank, now - (base - rank + 1) * PATIENCE) for rank in range(base, 0, -1)]


def startable(line: Sequence[Waiting], *, free: Mapping[str, int]) -> list[Waiting]:
    """Those of the line, in its order, that would get a slot now; `free` holds the free slots by host.

    A run that only one host can take waits for that host alone, and keeps nobody behind it waiting.
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
    """In how many seconds each of a line starts, given how long each takes and those under way still do.

    None from the first one on of which that cannot be said.
    """
    if slots < 1 or None in busy_left:
        return [None] * len(seconds)
    ends = sorted(each for each in busy_left if each is not None)[-slots:]
    # Every idle slot ends now.
    ends = [0.0] * (slots - len(ends)) + ends
    found: list[float | None] = []
    for takes in seconds:
        found.append(ends[0])
        if takes is None:
            break
        heapq.heapreplace(ends, ends[0] + takes)
    return found + [None] * (len(seconds) - len(found))
