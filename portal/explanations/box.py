"""The box with a run's explanation, and the actions that this person can take."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from provisioner import explanations, operations, permissions
from provisioner.explanations import DESTROY_WHAT_IS_LEFT, TRY_AGAIN, Act, Explanation, Way, WhatExists
from provisioner.models import Run
from provisioner.run_status import Remediation, RunKind, RunStatus


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A button: a form to post to, a page to open, or a dialog of the run page; `why_not` disables it."""

    label: str
    posts_to: str = ""
    leads_to: str = ""
    opens: str = ""
    why_not: str = ""


@dataclass(frozen=True, kw_only=True)
class Box:
    """What the template shows."""

    run: Run
    explanation: Explanation
    offers: list[Offer]

    @property
    def tone(self) -> str:
        entry = self.explanation.entry
        return "wait" if entry and entry.is_passing else "bad"

    @property
    def entry_id(self) -> str:
        return self.explanation.entry.id if self.explanation.entry else "unknown"


def explanation_box(run: Run, user: Any) -> Box | None:
    """The box of a run that has failed or is failing, for one person.

    Expects the run with its environment.
    """
    found = explanations.explain_run(run)
    if found is None:
        return None
    return Box(run=run, explanation=found, offers=_offers(found.ways, run, user, found.exists))


def offers_after_stop(run: Run, user: Any) -> list[Offer]:
    """The actions after a run was stopped by a person, or expired without approval: there is no error."""
    if run.status not in (RunStatus.CANCELLED, RunStatus.EXPIRED):
        return []
    found = _offers((TRY_AGAIN, DESTROY_WHAT_IS_LEFT), run, user, explanations.find_what_exists(run))
    return [offer for offer in found if not offer.why_not]


def _offers(ways: Iterable[Way], run: Run, user: Any, exists: WhatExists) -> list[Offer]:
    return [offer for way in ways if (offer := _OFFERS[way.act](way, run, user, exists))]


def _again(way: Way, run: Run, user: Any, exists: WhatExists) -> Offer | None:
    act = permissions.Act.DESTROY if run.kind == RunKind.DESTROY else permissions.Act.CHANGE
    if not run.is_final or not permissions.may(user, act, run.environment):
        return None
    return Offer(
        label=str(way.label),
        posts_to=reverse("run-again", args=[run.pk]),
        why_not=operations.why_not_retry(run, user),
    )


def _change(way: Way, run: Run, user: Any, exists: WhatExists) -> Offer | None:
    if not run.is_final or not permissions.may(user, permissions.Act.CHANGE, run.environment):
        return None
    why_not = operations.why_not_change(run.environment, user)
    return Offer(label=str(way.label), leads_to=reverse("change", args=[run.environment_id]), why_not=why_not)


def _destroy(way: Way, run: Run, user: Any, exists: WhatExists) -> Offer | None:
    is_over = run.is_final and exists.is_anything_left
    if not is_over or not permissions.may(user, permissions.Act.DESTROY, run.environment):
        return None
    why_not = operations.why_not_destroy(run.environment, user)
    return Offer(
        label=str(way.label), leads_to=reverse("destroy", args=[run.environment_id]), why_not=why_not
    )


def _remediate(remediation: Remediation) -> Callable[[Way, Run, Any, WhatExists], Offer | None]:
    def offer(way: Way, run: Run, user: Any, exists: WhatExists) -> Offer | None:
        # Only what this run left: another process's lock is never offered.
        if operations.why_not_remediate(run, user, remediation):
            return None
        return Offer(label=str(way.label), opens=f"{remediation.value}-run")

    return offer


_OFFERS: dict[Act, Callable[[Way, Run, Any, WhatExists], Offer | None]] = {
    Act.AGAIN: _again,
    Act.CHANGE: _change,
    Act.DESTROY: _destroy,
    Act.UNLOCK: _remediate(Remediation.UNLOCK),
    Act.PUSH: _remediate(Remediation.PUSH),
}
