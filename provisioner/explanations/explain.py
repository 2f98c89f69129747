"""The explanation of a run: its first error that is known, else its first error; and what exists now."""

from dataclasses import dataclass

from django.db.models import Q

from provisioner.explanations import what_exists
from provisioner.explanations.catalogue import ENTRIES
from provisioner.explanations.entry import DESTROY_WHAT_IS_LEFT, TRY_AGAIN, Entry, Way
from provisioner.explanations.matching import Match, match
from provisioner.models import Run, RunEvent
from provisioner.run_status import HELD_BY_A_WORKER, RunStatus

_MOST_ERRORS = 20
_LINES_OF_ONE_ERROR = 16
_LAST_LINES = 60
# The portal's own words at the end of a step or a run say the same once more.
_ECHOES = ("step_end", "status")
_LINES = ("text", "log", "provision_progress")


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """In plain words. `entry` is None where none is known; `event` is what it was made of, if any."""

    entry: Entry | None
    title: str
    cause: str
    steps: tuple[str, ...]
    ways: tuple[Way, ...]
    exists: what_exists.WhatExists
    event: RunEvent | None
    other_errors: int


def explain_run(run: Run) -> Explanation | None:
    """Why the run failed, or is failing. None where nothing has gone wrong, or a person stopped it."""
    if not _can_have_one(run):
        return None
    errors = _errors(run)
    found, event = _known(run, errors)
    if found is None and not (run.status == RunStatus.FAILED or (errors and run.status in HELD_BY_A_WORKER)):
        # Of what is in doubt or was stopped the page tells by itself.
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
    told = RunEvent.objects.filter(run_id=run.pk, level="error").exclude(type__in=_ECHOES)
    return sorted(
        told.order_by("seq")[:_MOST_ERRORS], key=lambda event: (event.type != "diagnostic", event.seq)
    )


def _known(run: Run, errors: list[RunEvent]) -> tuple[Match | None, RunEvent | None]:
    by_reason = match(run.reason)
    # What the clock stopped has errors of its own, that come of being stopped.
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
    """What was said in plain lines: around the first error, else at the end."""
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
        title=found.entry.title,
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
    words = "Terraform's own words are below." if event else f"All that is known: {run.reason or 'nothing.'}"
    return Explanation(
        entry=None,
        title="No explanation is known for this error",
        cause=f"The portal knows {len(ENTRIES)} errors by heart, and this is none of them. {words}",
        steps=(
            "Read the first error: it names the part that failed, and mostly what AWS said about it.",
            f"Members of the team {run.environment.team.name} may try again or destroy what is left; an "
            f"operator or "
            "an admin may look into the account and the state.",
        ),
        ways=(TRY_AGAIN, DESTROY_WHAT_IS_LEFT),
        exists=exists,
        event=event,
        other_errors=other_errors,
    )
