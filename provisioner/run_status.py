"""The words for what a run and an environment are, and their groups. A leaf: imports nothing of ours."""

from django.db.models import TextChoices


class RunKind(TextChoices):
    CREATE = "create", "Create"
    UPDATE = "update", "Update"
    DESTROY = "destroy", "Destroy"


class RunStatus(TextChoices):
    QUEUED = "queued", "Queued"
    PLANNING = "planning", "Planning"
    PLANNED = "planned", "Waiting for approval"
    APPROVED = "approved", "Approved"
    APPLYING = "applying", "Applying"
    APPLIED = "applied", "Applied"
    UNCHANGED = "unchanged", "No changes"
    DISCARDED = "discarded", "Discarded"
    EXPIRED = "expired", "Expired"
    CANCELLED = "cancelled", "Cancelled"
    FAILED = "failed", "Failed"
    NEEDS_ATTENTION = "needs_attention", "Needs attention"


class EnvironmentStatus(TextChoices):
    CREATING = "creating", "Creating"
    READY = "ready", "Ready"
    UPDATING = "updating", "Updating"
    DESTROYING = "destroying", "Destroying"
    DESTROYED = "destroyed", "Destroyed"
    FAILED = "failed", "Failed"
    NEEDS_ATTENTION = "needs_attention", "Needs attention"


class Remediation(TextChoices):
    UNLOCK = "unlock", "Give up its lock"
    PUSH = "push", "Push the kept state"
    LOOK = "look", "Look again"


SUCCEEDED = frozenset({RunStatus.APPLIED, RunStatus.UNCHANGED})
FINAL = SUCCEEDED | {RunStatus.DISCARDED, RunStatus.EXPIRED, RunStatus.CANCELLED, RunStatus.FAILED}
ACTIVE = frozenset(RunStatus) - FINAL
WAITING_FOR_A_SLOT = frozenset({RunStatus.QUEUED, RunStatus.APPROVED})
HELD_BY_A_WORKER = frozenset({RunStatus.PLANNING, RunStatus.APPLYING})
