"""What an interrupted apply left behind, as the rows of a table, and the next steps."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from provisioner.models import Run

# The JSON of `Run.leftovers`, and of its parts.
_Json = Mapping[str, Any]

_OWNERS = {
    "this run": gettext_lazy("This run holds it."),
    "another": gettext_lazy("Another run or person holds it and is working on this state."),
    "unknown": gettext_lazy("It is not known who holds it."),
}


@dataclass(frozen=True, kw_only=True)
class Row:
    """A title, a sentence, and the addresses of the resources that it is about."""

    title: str
    words: str
    addresses: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Leftovers:
    """The rows, the time of the check, and the next steps in their order."""

    at: datetime | None
    rows: list[Row]
    steps: list[str]
    keeps_state: bool
    is_locked: bool


def leftovers_table(run: Run) -> Leftovers | None:
    """The table of `Run.leftovers`; None if there was no check."""
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


def _steps(left: _Json) -> list[str]:
    host, lock = left["host"], left["lock"]
    is_quiet = host is not None and not host["lives"]
    owner = lock.get("owner", "") if lock else ""
    steps = {
        _("Check again when the run's host is back."): host is None,
        _("Check again when no process of the run is alive."): host is not None and host["lives"],
        _("Push the state that Terraform could not save."): is_quiet and host["keeps_state"],
        _("Release the lock that the run left."): is_quiet and owner == "this run",
        _("Find out who holds the lock. No run can plan until it is released."): owner
        in ("another", "unknown"),
        _("Plan again. The plan shows what is left to do."): True,
    }
    return [step for step, is_due in steps.items() if is_due]


def _finished(left: _Json) -> Row:
    addresses = left["finished"]
    if not addresses:
        return Row(title=_("Finished"), words=_("No resources."))
    words = ngettext("%(count)s resource.", "%(count)s resources.", len(addresses))
    return Row(title=_("Finished"), words=words % {"count": len(addresses)}, addresses=addresses)


def _in_flight(left: _Json) -> Row:
    addresses = left["in_flight"]
    if not addresses:
        return Row(title=_("Not certain"), words=_("No resource was in flight."))
    words = ngettext(
        "%(count)s resource was in flight. The cloud may have finished it; the state does not say.",
        "%(count)s resources were in flight. The cloud may have finished them; the state does not say.",
        len(addresses),
    )
    return Row(title=_("Not certain"), words=words % {"count": len(addresses)}, addresses=addresses)


def _state(left: _Json) -> Row:
    state = left["state"]
    if state is None:
        return Row(title=_("State"), words=_("The portal knows no state of this environment."))
    words = (
        _("Serial %(serial)s, %(resources)s resources, written by this run at %(time)s.")
        if state["is_by_this_run"]
        else _("Serial %(serial)s, %(resources)s resources, written by an earlier run at %(time)s.")
    )
    values = {
        "serial": state["serial"],
        "resources": state["resources"],
        "time": _moment(state["written_at"]),
    }
    return Row(title=_("State"), words=words % values)


def _unsaved(left: _Json) -> Row | None:
    host = left["host"]
    if host is None or not host["keeps_state"]:
        return None
    words = _("Terraform could not save its newest state in the bucket. The run's host keeps it.")
    return Row(title=_("Unsaved state"), words=words)


def _lock(left: _Json) -> Row:
    lock = left["lock"]
    if lock is None:
        return Row(title=_("State lock"), words=_("Not locked."))
    if error := lock.get("error"):
        return Row(title=_("State lock"), words=_("Not known. %(error)s") % {"error": error})
    values = {
        "person": lock["who"] or _("unknown"),
        "lock": lock["id"] or _("unknown"),
        "time": _moment(lock["created_at"]),
    }
    held = (
        _("Held by %(person)s since %(time)s. Lock ID: %(lock)s.")
        if lock["created_at"]
        else _("Held by %(person)s. Lock ID: %(lock)s.")
    )
    return Row(title=_("State lock"), words=f"{held % values} {_OWNERS[lock['owner']]}")


def _processes(left: _Json) -> Row:
    host = left["host"]
    if host is None:
        return Row(title=_("Processes"), words=_("Not known: the run's host does not respond."))
    if host["lives"]:
        return Row(title=_("Processes"), words=_("A process of the run is still alive."))
    return Row(title=_("Processes"), words=_("No process of the run is alive."))


def _moment(text: str) -> str:
    at = parse_datetime(text or "")
    return f"{at:%Y-%m-%d %H:%M:%S} UTC" if at else text
