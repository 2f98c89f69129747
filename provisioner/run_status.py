"""The statuses of runs and environments, and their groups. A leaf: imports nothing of ours."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class RunKind(TextChoices):
    CREATE = "create", _("Create")
    UPDATE = "update", _("Update")
    DESTROY = "destroy", _("Destroy")


class RunStatus(TextChoices):
    QUEUED = "queued", _("Queued")
    PLANNING = "planning", _("Planning")
    PLANNED = "planned", _("Waiting for approval")
    APPROVED = "approved", _("Approved")
    APPLYING = "applying", _("Applying")
    APPLIED = "applied", _("Applied")
    UNCHANGED = "unchanged", _("No changes")
    DISCARDED = "discarded", _("Discarded")
    EXPIRED = "expired", _("Expired")
    CANCELLED = "cancelled", _("Canceled")
    FAILED = "failed", _("Failed")
    NEEDS_ATTENTION = "needs_attention", _("Needs attention")


class EnvironmentStatus(TextChoices):
    CREATING = "creating", _("Creating")
    READY = "ready", _("Ready")
    UPDATING = "updating", _("Updating")
    DESTROYING = "destroying", _("Destroying")
    DESTROYED = "destroyed", _("Destroyed")
    FAILED = "failed", _("Failed")
    NEEDS_ATTENTION = "needs_attention", _("Needs attention")


class Remediation(TextChoices):
    UNLOCK = "unlock", _("Release the lock")
    PUSH = "push", _("Push the state")
    LOOK = "look", _("Check again")


SUCCEEDED = frozenset({RunStatus.APPLIED, RunStatus.UNCHANGED})
FINAL = SUCCEEDED | {RunStatus.DISCARDED, RunStatus.EXPIRED, RunStatus.CANCELLED, RunStatus.FAILED}
ACTIVE = frozenset(RunStatus) - FINAL
WAITING_FOR_A_SLOT = frozenset({RunStatus.QUEUED, RunStatus.APPROVED})
HELD_BY_A_WORKER = frozenset({RunStatus.PLANNING, RunStatus.APPLYING})
