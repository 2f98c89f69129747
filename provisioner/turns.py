"""Whose turn it is: the order in which waiting runs start, and how long each waits. No database here."""

import heapq
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from provisioner.run_status import RunKind, RunStatus

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """A run that waits for a slot. `host_id`: the only host that can take it, or empty; `team_served_at`:
    when a run of its team last got a slot."""

    run_id: Any
    status: str
    kind: str
    blueprint: str
    queued_at: datetime
    team_id: int
    team_served_at: datetime | None
    host_id: str

    @property
    def rank(self) -> int:
        """0 starts before 1: an approved plan ages, and what is destroyed costs money until it is gone."""
        return 0 if self.status == RunStatus.APPROVED or self.kind == RunKind.DESTROY else 1


def in_turn(rows: Iterable[Waiting], *, busy: Mapping[int, int]) -> list[Waiting]:
    """The rows, the one to start next first; `busy` holds the number of runs under way by team.

    The rule: destroying and applying come before planning. Among equals the teams take turns: a team's first
    waiting run has as many turns before it as the team has runs under way, its second one more, and so on,
    in the order in which they were asked for. Of two runs in the same turn the one whose team got a slot
    longer ago is first, then the one asked for earlier. So a team that asks for much waits for its own runs,
    and another's single run waits for one run of each team at most.
    """
    lines: dict[tuple[int, int], list[Waiting]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: (row.queued_at, str(row.run_id))):
        lines[row.rank, row.team_id].append(row)
    turns = [
        (
            rank,
            busy.get(team_id, 0) + place,
            row.team_served_at or _NEVER,
            row.queued_at,
            str(row.run_id),
            row,
        )
        for (rank, team_id), line in lines.items()
        for place, row in enumerate(line)
    ]
    return [row for *_, row in sorted(turns, key=lambda turn: turn[:-1])]


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
