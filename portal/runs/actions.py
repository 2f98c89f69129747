"""Which decisions a run's page offers to a person, and why one is shut."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from provisioner import operations, permissions
from provisioner.models import Run
from provisioner.run_status import HELD_BY_A_WORKER, WAITING_FOR_A_SLOT, Remediation, RunStatus


@dataclass(frozen=True, kw_only=True)
class Action:
    """A button: its verb (as in the URL's name), its word, its look, and why it is shut ("" when open)."""

    verb: str
    title: str
    look: str
    why_not: str

    @property
    def url_name(self) -> str:
        return f"run-{self.verb}"

    @property
    def wants_name(self) -> bool:
        """Whether the environment's name is to be typed for it."""
        return self.verb in _NAMED


_NAMED = frozenset({"force", Remediation.UNLOCK.value, Remediation.PUSH.value})
_Question = Callable[[Run, Any], str]
_BUTTONS: tuple[tuple[str, str, str, frozenset[RunStatus], _Question], ...] = (
    ("discard", "Discard", "", frozenset({RunStatus.PLANNED}), operations.why_not_discard),
    ("approve", "Approve", "is-primary", frozenset({RunStatus.PLANNED}), operations.why_not_approve),
    (
        "cancel",
        "Cancel run",
        "is-danger-quiet",
        WAITING_FOR_A_SLOT | HELD_BY_A_WORKER,
        operations.why_not_cancel,
    ),
    ("settle", "Settle", "", frozenset({RunStatus.NEEDS_ATTENTION}), operations.why_not_settle),
)


def offered(run: Run, user: Any, *, now: datetime) -> list[Action]:
    """The buttons that make sense in the run's status; a shut one says why. None for who may only look."""
    if not permissions.may(user, permissions.Act.CHANGE, run.environment):
        return []
    return (
        [
            Action(verb=verb, title=title, look=look, why_not=_why_not(run, user, verb, question))
            for verb, title, look, statuses, question in _BUTTONS
            if run.status in statuses
        ]
        + _force(run, user, now)
        + _mending(run, user)
    )


def _force(run: Run, user: Any, now: datetime) -> list[Action]:
    # Not before it was asked to stop, and shown to nobody who may never: it is no choice until then.
    is_choice = run.status in HELD_BY_A_WORKER and run.cancel_asked_at and not run.force_asked_at
    if not is_choice or not permissions.may(user, permissions.Act.OPERATE, run.environment):
        return []
    why_not = operations.why_not_force(run, user, now=now)
    return [Action(verb="force", title="End by force", look="is-danger", why_not=why_not)]


def _mending(run: Run, user: Any) -> list[Action]:
    """In the order in which they are to be done; the first open one stands out."""
    if run.status != RunStatus.NEEDS_ATTENTION:
        return []
    # Only what is there to be mended: a foreign lock is never offered.
    found = [
        (each.value, each.label, "") for each in _FIRST if not operations.why_not_remediate(run, user, each)
    ]
    found.append(("replan", "Plan afresh", operations.why_not_replan(run, user)))
    if not operations.why_not_remediate(run, user, Remediation.LOOK):
        found.append((Remediation.LOOK.value, Remediation.LOOK.label, ""))
    first = next((verb for verb, _, why_not in found if not why_not and verb != Remediation.LOOK), "")
    return [
        Action(verb=verb, title=title, look="is-primary" if verb == first else "", why_not=why_not)
        for verb, title, why_not in found
    ]


# A state that was not saved must be there before anybody may lock it again.
_FIRST = (Remediation.PUSH, Remediation.UNLOCK)


def _why_not(run: Run, user: Any, verb: str, question: _Question) -> str:
    if verb == "cancel" and run.cancel_asked_at:
        return "It was asked to stop already; Terraform finishes what it has begun."
    return question(run, user)
