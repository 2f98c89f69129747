"""The sentences for how Terraform ended when somebody or something stopped it."""

from enum import Enum, auto

from provisioner.models import Run
from provisioner.runs.leftovers import Leftovers
from provisioner.stored_text import StoredText, stored


class During(Enum):
    """What Terraform was doing."""

    PLAN = auto()
    APPLY = auto()
    BEFORE_APPLY = auto()


def stopped(run: Run, during: During) -> StoredText:
    """Terraform was interrupted: on a person's request, or by its host when the portal ended."""
    is_requested = run.cancel_asked_at is not None
    if during is During.PLAN:
        return (
            stored("Stopped while planning; nothing was changed.")
            if is_requested
            else stored("Stopped with the portal while planning; nothing was changed.")
        )
    if during is During.BEFORE_APPLY:
        return (
            stored("Stopped before the apply; nothing was changed.")
            if is_requested
            else stored("Stopped with the portal before the apply; nothing was changed.")
        )
    if is_requested:
        return stored("Stopped while applying.")
    return stored("Stopped with the portal while applying.")


def killed(run: Run, during: During) -> StoredText:
    """Terraform was killed: by an operator's force, or by something else."""
    by = run.force_asked_by
    if by is None:
        return {
            During.PLAN: stored("Terraform was killed while planning; nothing was changed."),
            During.APPLY: stored("Terraform was killed."),
            During.BEFORE_APPLY: stored("Terraform was killed before the apply; nothing was changed."),
        }[during]
    person = by.username
    return {
        During.PLAN: stored(
            "%(person)s had Terraform killed while planning; nothing was changed.", person=person
        ),
        During.APPLY: stored("%(person)s had Terraform killed.", person=person),
        During.BEFORE_APPLY: stored(
            "%(person)s had Terraform killed before the apply; nothing was changed.", person=person
        ),
    }[during]


def state_lock(left: Leftovers) -> StoredText:
    """Who holds the lock on the state; empty if it is free."""
    return (
        lock_unknown(left.lock_error)
        if left.lock_error
        else (lock_held(who=left.lock.who, lock_id=left.lock.id) if left.lock else StoredText())
    )


def lock_unknown(error: str) -> StoredText:
    """It was not possible to read the lock."""
    return stored("It is not known whether the state is locked: %(error)s", error=error)


def lock_held(*, who: str, lock_id: str) -> StoredText:
    """The state is locked. An empty name or id is not known."""
    if not who:
        return stored("The state is still locked (lock %(id)s).", id=lock_id or "?")
    if not lock_id:
        return stored("The state is still locked by %(who)s.", who=who)
    return stored("The state is still locked by %(who)s (lock %(id)s).", who=who, id=lock_id)
