"""The explanation of a run: its first known error, or else its first error; and what exists now."""

from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from provisioner.explanations import what_exists
from provisioner.explanations.catalogue import ENTRIES
from provisioner.explanations.entry import DESTROY_WHAT_IS_LEFT, TRY_AGAIN, Entry, Way
from provisioner.explanations.matching import Match, match
from provisioner.models import Run, RunEvent
from provisioner.run_status import HELD_BY_A_WORKER, RunStatus

_MOST_ERRORS = 20
_LINES_OF_ONE_ERROR = 16
_LAST_LINES = 60
# The portal's own events at the end of a step or a run repeat the error.
_ECHOES = ("step_end", "status")
_LINES = ("text", "log", "provision_progress")


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """In plain words. `entry` is None for an unknown error; `event` is the error's event, if there is one."""

    entry: Entry | None
    title: str
    cause: str
    steps: tuple[str, ...]
    ways: tuple[Way, ...]
    exists: what_exists.WhatExists
    event: RunEvent | None
    other_errors: int


def explain_run(run: Run) -> Explanation | None:
    """Why the run failed, or is failing. None if nothing failed, or a person stopped it."""
    if not _can_have_one(run):
        return None
    errors = _errors(run)
    found, event = _known(run, errors)
    if found is None and not (run.status == RunStatus.FAILED or (errors and run.status in HELD_BY_A_WORKER)):
        # The page itself describes a run that is in doubt or was stopped.
        return None
    others = max(0, len(errors) - 1)
    exists = what_exists.find_what_exists(run)
    return _known_one(found, event, others, exists) if found else _unknown(run, event, others, exists)


def _can_have_one(run: Run) -> bool:
    if run.status == RunStatus.CANCELLED:
        return run.cancel_asked_at is None
    return run.status in HELD_BY_A_WORKER | {RunStatus.FAILED, RunStatus.NEEDS_ATTENTION}


def _errors(run: Run) -> list[RunEvent]:
    """The first errors, Terraform's diagnostics before plain lines."""
    found = RunEvent.objects.filter(run_id=run.pk, level="error").exclude(type__in=_ECHOES)
    return sorted(
        found.order_by("seq")[:_MOST_ERRORS], key=lambda event: (event.type != "diagnostic", event.seq)
    )


def _known(run: Run, errors: list[RunEvent]) -> tuple[Match | None, RunEvent | None]:
    by_reason = match(run.reason)
    # A run that its time limit stopped has errors that come from being stopped.
    if by_reason and run.status == RunStatus.CANCELLED:
        return by_reason, None
    for event in errors:
        if found := match(_text(event)):
            return found, event
    first = errors[0] if errors else None
    return by_reason or _in_the_lines(run, first), first


def _text(event: RunEvent) -> str:
    summary, detail = event.data.get("summary"), event.data.get("detail")
    return f"{summary or ''} {detail or ''}" if summary else event.message


def _in_the_lines(run: Run, first: RunEvent | None) -> Match | None:
    """The explanation of plain lines: around the first error, or else at the end."""
    lines = RunEvent.objects.filter(run_id=run.pk, type__in=_LINES)
    if first is not None and first.type == "text":
        around = Q(seq__gte=first.seq, seq__lt=first.seq + _LINES_OF_ONE_ERROR)
        found = match(" ".join(lines.filter(around).order_by("seq").values_list("message", flat=True)))
        if found:
            return found
    last = list(lines.order_by("-seq").values_list("message", flat=True)[:_LAST_LINES])
    return match(" ".join(reversed(last))) if last else None


def _known_one(
    found: Match, event: RunEvent | None, other_errors: int, exists: what_exists.WhatExists
) -> Explanation:
    return Explanation(
        entry=found.entry,
        title=str(found.entry.title),
        cause=found.cause,
        steps=found.steps,
        ways=found.entry.ways,
        exists=exists,
        event=event,
        other_errors=other_errors,
    )


def _unknown(
    run: Run, event: RunEvent | None, other_errors: int, exists: what_exists.WhatExists
) -> Explanation:
    if event:
        details = _("Terraform's own message is below.")
    elif run.reason:
        details = _("The reason of the run is: %(reason)s") % {"reason": run.reason_text}
    else:
        details = _("There is no further information.")
    cause = ngettext(
        "The portal can explain %(count)s error, but not this one.",
        "The portal can explain %(count)s errors, but not this one.",
        len(ENTRIES),
    ) % {"count": len(ENTRIES)}
    return Explanation(
        entry=None,
        title=_("There is no explanation for this error"),
        cause=f"{cause} {details}",
        steps=(
            _("Read the first error: it names the resource that failed, and usually the answer of AWS."),
            _(
                "Members of the team %(team)s can try again or destroy what is left. An operator "
                "or an admin can "
                "inspect the account and the state."
            )
            % {"team": run.environment.team.name},
        ),
        ways=(TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
        exists=exists,
        event=event,
        other_errors=other_errors,
    )
