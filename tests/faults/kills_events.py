"""An environment's latest run, read from the demo's database while the portal works."""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

from tests.support.demo_process import Demo

Condition = Callable[[], bool]
_LATEST = (
    "SELECT run.* FROM provisioner_run AS run JOIN provisioner_environment AS environment "
    "ON environment.id = run.environment_id WHERE environment.name = ? ORDER BY run.number DESC LIMIT 1"
)
_FINAL = ("applied", "unchanged", "discarded", "expired", "cancelled", "failed", "needs_attention")


def latest(demo: Demo, name: str) -> sqlite3.Row:
    """The environment's latest run."""
    return _rows(demo, _LATEST, name)[0]


def is_over(demo: Demo, name: str) -> bool:
    return latest(demo, name)["status"] in _FINAL


def is_applying(demo: Demo, name: str) -> bool:
    """Whether Terraform has started with the first resource."""
    return bool(_events(demo, name, type="apply_start"))


def made(demo: Demo, name: str) -> int:
    """How many resources the apply has finished."""
    return len(_events(demo, name, type="apply_complete"))


def summary(demo: Demo, name: str) -> str:
    """Status, number of resources made, and how often a worker was lost."""
    run = latest(demo, name)
    again = [row for row in _events(demo, name, type="portal") if "re-attached" in row["message"]]
    return f"{run['status']}, {made(demo, name)} resources, re-attached {len(again)} times"


def violations(demo: Demo, name: str) -> Iterator[str]:
    """Not applied, resources created twice or not finished, events missing, repeated or not counted."""
    run = latest(demo, name)
    if run["status"] != "applied":
        yield f"it is {run['status']}: {run['reason']}"
    counted = Counter(row["resource"] for row in _events(demo, name, type="apply_complete"))
    yield from (f"{address} was made {count} times" for address, count in counted.items() if count > 1)
    begun = {row["resource"] for row in _events(demo, name, type="apply_start")}
    yield from (f"{address} was started and not finished" for address in begun - counted.keys())
    numbers = [row["seq"] for row in _events(demo, name)]
    if numbers != list(range(1, run["last_seq"] + 1)) or run["event_count"] != run["last_seq"]:
        yield f"it has {len(numbers)} events of {run['last_seq']}, sealed with {run['event_count']}"


def _events(demo: Demo, name: str, *, type: str = "") -> list[sqlite3.Row]:
    kind = "AND type = ?" if type else ""
    question = f"SELECT seq, resource, message FROM provisioner_runevent WHERE run_id = ? {kind} ORDER BY seq"  # noqa: S608
    return _rows(demo, question, latest(demo, name)["id"], *([type] if type else []))


def _rows(demo: Demo, question: str, *values: Any) -> list[sqlite3.Row]:
    where = f"file:{demo.var_dir / 'portal.sqlite3'}?mode=ro"
    with closing(sqlite3.connect(where, uri=True, timeout=20)) as connection:
        connection.row_factory = sqlite3.Row
        return connection.execute(question, values).fetchall()
