"""What an interrupted apply left behind, as the rows of a table, and the next steps."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal.templatetags.parts import exact
from provisioner.models import Run
from provisioner.runs import leftovers
from provisioner.runs.leftovers import LockOwner

_OWNERS = {
    LockOwner.THIS_RUN: gettext_lazy("This run holds it."),
    LockOwner.ANOTHER: gettext_lazy("Another run or person holds it and is working on this state."),
    LockOwner.UNKNOWN: gettext_lazy("It is not known who holds it."),
}


@dataclass(frozen=True, kw_only=True)
class Row:
    """A title, a sentence, and the addresses of the resources that it is about."""

    title: str
    words: str
    addresses: Sequence[str] = field(default_factory=tuple)


@dataclass(frozen=True, kw_only=True)
class LeftoversTable:
    """The rows, the time of the check, and the next steps in their order."""

    at: datetime
    rows: list[Row]
    steps: list[str]
    keeps_state: bool
    is_locked: bool


def leftovers_table(run: Run) -> LeftoversTable | None:
    """The table of `Run.leftovers`; None if there was no check."""
    left = leftovers.of_run(run)
    if left is None:
        return None
    rows = [_finished(left), _in_flight(left), _state(left), _unsaved(left), _lock(left), _processes(left)]
    return LeftoversTable(
        at=left.at,
        rows=[row for row in rows if row],
        steps=_steps(left),
        keeps_state=left.host is not None and left.host.keeps_state,
        is_locked=left.lock is not None or bool(left.lock_error),
    )


def _steps(left: leftovers.Leftovers) -> list[str]:
    host, owner = left.host, left.lock.owner if left.lock else None
    is_quiet = host is not None and not host.lives
    steps = {
        _("Check again when the run's host is back."): host is None,
        _("Check again when no process of the run is alive."): host is not None and host.lives,
        _("Push the state that Terraform could not save."): host is not None
        and is_quiet
        and host.keeps_state,
        _("Release the lock that the run left."): is_quiet and owner is LockOwner.THIS_RUN,
        _("Find out who holds the lock. No run can plan until it is released."): owner
        in (LockOwner.ANOTHER, LockOwner.UNKNOWN),
        _("Plan again. The plan shows what is left to do."): True,
    }
    return [step for step, is_due in steps.items() if is_due]


def _finished(left: leftovers.Leftovers) -> Row:
    addresses = left.finished
    if not addresses:
        return Row(title=_("Finished"), words=_("No resources."))
    words = ngettext("%(count)s resource.", "%(count)s resources.", len(addresses))
    return Row(title=_("Finished"), words=words % {"count": len(addresses)}, addresses=addresses)


def _in_flight(left: leftovers.Leftovers) -> Row:
    addresses = left.in_flight
    if not addresses:
        return Row(title=_("Not certain"), words=_("No resource was in flight."))
    words = ngettext(
        "%(count)s resource was in flight. The cloud may have finished it; the state does not say.",
        "%(count)s resources were in flight. The cloud may have finished them; the state does not say.",
        len(addresses),
    )
    return Row(title=_("Not certain"), words=words % {"count": len(addresses)}, addresses=addresses)


def _state(left: leftovers.Leftovers) -> Row:
    state = left.state
    if state is None:
        return Row(title=_("State"), words=_("The portal knows no state of this environment."))
    words = (
        _("Serial %(serial)s, %(resources)s resources, written by this run at %(time)s.")
        if state.is_by_this_run
        else _("Serial %(serial)s, %(resources)s resources, written by an earlier run at %(time)s.")
    )
    values = {"serial": state.serial, "resources": state.resources, "time": exact(state.written_at)}
    return Row(title=_("State"), words=_filled(words, values))


def _unsaved(left: leftovers.Leftovers) -> Row | None:
    if left.host is None or not left.host.keeps_state:
        return None
    words = _("Terraform could not save its newest state in the bucket. The run's host keeps it.")
    return Row(title=_("Unsaved state"), words=words)


def _lock(left: leftovers.Leftovers) -> Row:
    if left.lock_error:
        return Row(title=_("State lock"), words=_("Not known. %(error)s") % {"error": left.lock_error})
    lock = left.lock
    if lock is None:
        return Row(title=_("State lock"), words=_("Not locked."))
    values = {
        "person": lock.who or _("unknown"),
        "lock": lock.id or _("unknown"),
        "time": exact(lock.created_at),
    }
    held = (
        _("Held by %(person)s since %(time)s. Lock ID: %(lock)s.")
        if lock.created_at
        else _("Held by %(person)s. Lock ID: %(lock)s.")
    )
    return Row(title=_("State lock"), words=format_html("{} {}", _filled(held, values), _OWNERS[lock.owner]))


def _processes(left: leftovers.Leftovers) -> Row:
    if left.host is None:
        return Row(title=_("Processes"), words=_("Not known: the run's host does not respond."))
    if left.host.lives:
        return Row(title=_("Processes"), words=_("A process of the run is still alive."))
    return Row(title=_("Processes"), words=_("No process of the run is alive."))


def _filled(template: str, values: Mapping[str, object]) -> SafeString:
    """The sentence with its values escaped, except for times, which are elements."""
    escaped = {
        name: conditional_escape(value if isinstance(value, str) else str(value))
        for name, value in values.items()
    }
    return mark_safe(conditional_escape(template) % escaped)  # noqa: S308  everything is escaped
