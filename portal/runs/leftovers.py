"""What an interrupted apply has left, as the rows of a table: of each thing what is known, and since when."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime

from provisioner.models import Run

_OWNERS = {
    "this run": "It is this run's own.",
    "another": "It is not this run's: somebody else works on this state.",
    "unknown": "Whose it is, is not known.",
}


@dataclass(frozen=True, kw_only=True)
class Row:
    """A title, a sentence, and the resources it is about."""

    title: str
    words: str
    addresses: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Leftovers:
    """The rows, when they were found out, and what is to be done about them, in that order."""

    at: datetime | None
    rows: list[Row]
    steps: list[str]
    keeps_state: bool
    is_locked: bool


def leftovers_table(run: Run) -> Leftovers | None:
    """The table of `Run.leftovers`; None where nothing was found out."""
    left: dict[str, Any] = run.leftovers
    if not left:
        return None
    rows = [_finished(left), _in_flight(left), _state(left), _unsaved(left), _lock(left), _processes(left)]
    keeps_state = bool(left["host"] and left["host"]["keeps_state"])
    return Leftovers(
        at=parse_datetime(left["at"]),
        rows=[row for row in rows if row],
        steps=_steps(left),
        keeps_state=keeps_state,
        is_locked=left["lock"] is not None,
    )


def _steps(left: dict[str, Any]) -> list[str]:
    host, lock = left["host"], left["lock"]
    is_quiet = host is not None and not host["lives"]
    owner = lock.get("owner", "") if lock else ""
    steps = {
        "Look again once the run's host is back.": host is None,
        "Look again once nothing of the run lives any more.": host is not None and host["lives"],
        "Push the state that Terraform could not save.": is_quiet and host["keeps_state"],
        "Give up the lock that the run left.": is_quiet and owner == "this run",
        "See who holds the lock: until it is given up, no run can plan.": owner in ("another", "unknown"),
        "Plan afresh: the plan shows what is left to do.": True,
    }
    return [step for step, is_due in steps.items() if is_due]


def _finished(left: dict[str, Any]) -> Row:
    addresses = left["finished"]
    words = f"{len(addresses)} of its resources." if addresses else "None of its resources."
    return Row(title="Finished", words=words, addresses=addresses)


def _in_flight(left: dict[str, Any]) -> Row:
    addresses = left["in_flight"]
    if not addresses:
        return Row(title="Unknown", words="Nothing was in flight.")
    known = "The cloud may have finished what was begun; the state does not say."
    words = f"{len(addresses)} in flight. {known}"
    return Row(title="Unknown", words=words, addresses=addresses)


def _state(left: dict[str, Any]) -> Row:
    state = left["state"]
    if state is None:
        return Row(title="State", words="None is noted for this environment.")
    by = "this run" if state["is_by_this_run"] else "an earlier run"
    what = f"Serial {state['serial']} with {state['resources']} resources"
    words = f"{what}, written {_moment(state['written_at'])} by {by}."
    return Row(title="State", words=words)


def _unsaved(left: dict[str, Any]) -> Row | None:
    host = left["host"]
    if host is None or not host["keeps_state"]:
        return None
    words = "Terraform could not save its newest state to the bucket. It is kept on the run's host."
    return Row(title="Unsaved state", words=words)


def _lock(left: dict[str, Any]) -> Row:
    lock = left["lock"]
    if lock is None:
        return Row(title="State lock", words="Free.")
    if error := lock.get("error"):
        return Row(title="State lock", words=f"Not known. {error}")
    since = f" since {_moment(lock['created_at'])}" if lock["created_at"] else ""
    held = f"Held by {lock['who'] or 'somebody'}{since}, lock {lock['id'] or 'without an id'}."
    return Row(title="State lock", words=f"{held} {_OWNERS[lock['owner']]}")


def _processes(left: dict[str, Any]) -> Row:
    host = left["host"]
    if host is None:
        return Row(title="Processes", words="Not known: the run's host does not answer.")
    words = "Something that the run started still lives." if host["lives"] else "Nothing of the run lives."
    return Row(title="Processes", words=words)


def _moment(text: str) -> str:
    at = parse_datetime(text)
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else text
