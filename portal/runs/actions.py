"""The decisions that the page of a run offers to a person, and why one cannot be taken now."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from portal.accounts.models import User
from provisioner import operations, permissions
from provisioner.models import Run
from provisioner.run_status import HELD_BY_A_WORKER, WAITING_FOR_A_SLOT, Remediation, RunStatus

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, kw_only=True)
class Action:
    """A button. `verb` is the end of the URL's name; `why_not` says why it is disabled ("": it is not)."""

    verb: str
    title: "StrOrPromise"
    css_class: str
    why_not: str

    @property
    def url_name(self) -> str:
        return f"run-{self.verb}"

    @property
    def wants_name(self) -> bool:
        """Must the person type the environment's name?"""
        return self.verb in _NAMED


_NAMED = frozenset({"force", Remediation.UNLOCK.value, Remediation.PUSH.value})
_WhyNot = Callable[[Run, User], str]
_BUTTONS: tuple[tuple[str, "StrOrPromise", str, frozenset[RunStatus], _WhyNot], ...] = (
    ("discard", _("Discard"), "", frozenset({RunStatus.PLANNED}), operations.why_not_discard),
    ("approve", _("Approve"), "is-primary", frozenset({RunStatus.PLANNED}), operations.why_not_approve),
    (
        "cancel",
        _("Cancel run"),
        "is-danger-quiet",
        WAITING_FOR_A_SLOT | HELD_BY_A_WORKER,
        operations.why_not_cancel,
    ),
    ("settle", _("Settle"), "", frozenset({RunStatus.NEEDS_ATTENTION}), operations.why_not_settle),
)


# In the order in which they must be done: the state must be complete before anybody can lock it again.
_REMEDIATIONS: tuple[tuple[Remediation, "StrOrPromise"], ...] = (
    (Remediation.PUSH, _("Push the state")),
    (Remediation.UNLOCK, _("Release the lock")),
)


def offered(run: Run, user: User, *, now: datetime) -> list[Action]:
    """The buttons for the run's status; a disabled one says why. Empty for a person who may only look."""
    if not permissions.may(user, permissions.Act.CHANGE, run.environment):
        return []
    return (
        [
            Action(verb=verb, title=title, css_class=css_class, why_not=_reason(run, user, verb, why_not))
            for verb, title, css_class, statuses, why_not in _BUTTONS
            if run.status in statuses
        ]
        + _force(run, user, now)
        + _remediation(run, user)
    )


def _force(run: Run, user: User, now: datetime) -> list[Action]:
    # Only after a stop request, and only for operators: before, it is not a choice.
    is_choice = run.status in HELD_BY_A_WORKER and run.cancel_asked_at and not run.force_asked_at
    if not is_choice or not permissions.may(user, permissions.Act.OPERATE, run.environment):
        return []
    why_not = operations.why_not_force(run, user, now=now)
    return [Action(verb="force", title=_("Force stop"), css_class="is-danger", why_not=why_not)]


def _remediation(run: Run, user: User) -> list[Action]:
    """In the order in which they must be done. The first one that is possible is the primary button."""
    if run.status != RunStatus.NEEDS_ATTENTION:
        return []
    # Only what the run left itself: the lock of another run is never offered.
    found: list[tuple[str, StrOrPromise, str]] = [
        (each.value, title, "")
        for each, title in _REMEDIATIONS
        if not operations.why_not_remediate(run, user, each)
    ]
    found.append(("replan", _("Plan again"), operations.why_not_replan(run, user)))
    if not operations.why_not_remediate(run, user, Remediation.LOOK):
        found.append((Remediation.LOOK.value, _("Check again"), ""))
    first = next((verb for verb, _title, why_not in found if not why_not and verb != Remediation.LOOK), "")
    return [
        Action(verb=verb, title=title, css_class="is-primary" if verb == first else "", why_not=why_not)
        for verb, title, why_not in found
    ]


def _reason(run: Run, user: User, verb: str, why_not: _WhyNot) -> str:
    if verb == "cancel" and run.cancel_asked_at:
        return str(_("Somebody already requested a stop. Terraform is finishing what it has started."))
    return why_not(run, user)
