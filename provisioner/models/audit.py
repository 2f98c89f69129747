from django.db import models
from django.utils.translation import gettext_lazy as _


class AuditEntry(models.Model):
    """One action: allowed, denied or failed. Append-only; each entry's hash covers the one before it."""

    class Result(models.TextChoices):
        ALLOWED = "allowed", _("Allowed")
        DENIED = "denied", _("Denied")
        FAILED = "failed", _("Failed")

    seq = models.PositiveBigIntegerField(primary_key=True)
    at = models.DateTimeField()
    # Names, not foreign keys: the audit trail must still be readable after the person or the object is gone.
    actor = models.CharField(max_length=150)
    role = models.CharField(max_length=16, blank=True)
    action = models.CharField(max_length=64)
    object_type = models.CharField(max_length=32, blank=True)
    object_id = models.CharField(max_length=64, blank=True)
    object_name = models.CharField(max_length=150, blank=True)
    team = models.CharField(max_length=50, blank=True)
    run_id = models.CharField(max_length=36, blank=True)
    result = models.CharField(max_length=8, choices=Result)
    ip = models.CharField(max_length=45, blank=True)
    user_agent = models.CharField(max_length=200, blank=True)
    request_id = models.CharField(max_length=36, blank=True)
    details = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        # The table keeps its name: triggers and PostgreSQL grants refer to it.
        db_table = "provisioner_trailentry"
        ordering = ["-seq"]
        indexes = [
            models.Index(fields=["actor", "-seq"]),
            models.Index(fields=["object_id", "-seq"]),
            models.Index(fields=["action", "-seq"]),
            models.Index(fields=["-at"]),
        ]

    def __str__(self) -> str:
        return f"#{self.seq} {self.actor} {self.action}"


class AuditHead(models.Model):
    """The end of the chain. Its row lock puts concurrent entries in one order."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    seq = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="0" * 64)

    class Meta:
        db_table = "provisioner_trailhead"
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_trail_head")]

    def __str__(self) -> str:
        return f"#{self.seq}"
