import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from provisioner import stored_text
from provisioner.run_status import EnvironmentStatus


class Environment(models.Model):
    """One ordered instance of a blueprint. Owns exactly one Terraform state, at a key made from its id."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=32)
    team = models.ForeignKey("provisioner.Team", on_delete=models.PROTECT, related_name="environments")
    account = models.ForeignKey(
        "provisioner.CloudAccount", on_delete=models.PROTECT, related_name="environments"
    )
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="environments")
    blueprint = models.CharField(max_length=64)
    size = models.CharField(max_length=32, blank=True)
    # The values of the last applied run; the change form starts from them.
    inputs = models.JSONField(default=dict)
    # Networks in use: no two living environments of an account may overlap.
    networks = models.JSONField(default=list)
    # Values of the blueprint's declared outputs; never a sensitive one.
    outputs = models.JSONField(default=dict)
    status = models.CharField(max_length=16, choices=EnvironmentStatus)
    status_reason = models.CharField(max_length=500, blank=True)
    # The same as templates and values: `provisioner.stored_text`.
    status_reason_parts = models.JSONField(null=True, blank=True)
    run_counter = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True, blank=True)
    destroyed_at = models.DateTimeField(null=True, blank=True)
    # Set when the simulated account was reset without this environment.
    lost_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["team", "-created_at"]),
            models.Index(fields=["status", "-created_at"]),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "name"],
                condition=~Q(status="destroyed"),
                name="environment_name_once_per_account",
            ),
            models.CheckConstraint(
                condition=Q(status__in=EnvironmentStatus.values), name="environment_status_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def status_reason_text(self) -> str:
        """The reason in the active language."""
        return stored_text.translated(self.status_reason, self.status_reason_parts)


class StateVersion(models.Model):
    """One version of an environment's state object in S3, recorded by the run that wrote it."""

    environment = models.ForeignKey(Environment, on_delete=models.CASCADE, related_name="state_versions")
    run = models.ForeignKey("provisioner.Run", on_delete=models.CASCADE, related_name="state_versions")
    version_id = models.CharField(max_length=120)
    serial = models.PositiveIntegerField()
    lineage = models.CharField(max_length=64)
    size_bytes = models.PositiveIntegerField()
    written_at = models.DateTimeField()
    # [{"address", "type", "name", "module", "mode", "id"}]; ids only if they are not sensitive.
    resources = models.JSONField(default=list)

    class Meta:
        ordering = ["-serial", "-written_at"]
        constraints = [
            models.UniqueConstraint(fields=["environment", "version_id"], name="state_version_noted_once"),
        ]

    def __str__(self) -> str:
        return f"{self.environment_id} serial {self.serial}"
