import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from provisioner import stored_text
from provisioner.run_status import ACTIVE, FINAL, Remediation, RunKind, RunStatus


class Run(models.Model):
    """One attempt to change an environment: a plan, then an apply of exactly that plan.

    Only `provisioner.runs.lifecycle` writes `status`. Triggers make a final run immutable.
    """

    class Approval(models.TextChoices):
        AUTOMATIC = "automatic", _("By policy")
        PERSON = "person", _("By a person")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    environment = models.ForeignKey("provisioner.Environment", on_delete=models.CASCADE, related_name="runs")
    number = models.PositiveIntegerField(help_text="Counts the environment's runs from 1.")
    kind = models.CharField(max_length=16, choices=RunKind)
    status = models.CharField(max_length=16, choices=RunStatus, default=RunStatus.QUEUED)
    reason = models.TextField(blank=True, help_text="Why it ended as it did, in English.")
    # The same as templates and values: `provisioner.stored_text`.
    reason_parts = models.JSONField(null=True, blank=True)
    # The environment's status before this run; a run that changed nothing restores it.
    environment_was = models.CharField(max_length=16, blank=True)

    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="runs")
    idempotency_key = models.CharField(max_length=64, blank=True)
    # HMAC-SHA256 of the raw request; null without a key, and in rows of earlier versions.
    request_fingerprint = models.BinaryField(max_length=32, null=True, blank=True)
    inputs = models.JSONField(default=dict)
    size = models.CharField(max_length=32, blank=True)
    networks = models.JSONField(default=list)
    blueprint_digest = models.CharField(max_length=64, blank=True)
    approval = models.CharField(max_length=16, choices=Approval, default=Approval.AUTOMATIC)

    queued_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    planned_at = models.DateTimeField(null=True, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    applying_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="approved_runs",
    )

    # {"add", "change", "replace", "destroy", "resources": [{"address", "type", "action", "reason"}]}
    plan_summary = models.JSONField(default=dict)
    # Of a complete apply: [address, action, seconds], in the order of completion.
    resource_times = models.JSONField(null=True, blank=True)
    plan_sha256 = models.CharField(max_length=64, blank=True)
    plan_consumed_at = models.DateTimeField(null=True, blank=True)
    plan_expires_at = models.DateTimeField(null=True, blank=True)

    # The lease: which worker has the run. Every write of a worker carries the fence of its claim.
    fence = models.PositiveIntegerField(default=0)
    lease_owner = models.CharField(max_length=120, blank=True)
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    host_id = models.CharField(max_length=64, blank=True, help_text="The host that has the workspace.")
    dispatched_at = models.DateTimeField(null=True, blank=True)
    dispatch_count = models.PositiveIntegerField(default=0)

    cancel_asked_at = models.DateTimeField(null=True, blank=True)
    cancel_asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="cancelled_runs",
    )
    # An operator's last resort for a Terraform that does not stop: SIGKILL.
    force_asked_at = models.DateTimeField(null=True, blank=True)
    force_asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="forced_runs",
    )

    # Event ingestion. `ingest_offset` is the first byte of `ingest_phase`'s stream file that is not yet an
    # event.
    phase = models.CharField(max_length=16, default="queue")
    last_seq = models.PositiveIntegerField(default=0)
    ingest_phase = models.CharField(max_length=16, blank=True)
    ingest_offset = models.PositiveBigIntegerField(default=0)
    event_count = models.PositiveIntegerField(null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    sealed_at = models.DateTimeField(null=True, blank=True)

    state_serial = models.PositiveIntegerField(null=True, blank=True)
    # The id of the lock that Terraform took for this run; a lock with another id is not ours.
    state_lock_id = models.CharField(max_length=64, blank=True)
    # What an apply without a verdict left, in the form of `provisioner.runs.leftovers`.
    leftovers = models.JSONField(default=dict, db_column="remains")
    # The remediation that an operator requested, until it is done or refused.
    remediation = models.CharField(max_length=16, choices=Remediation, blank=True, db_column="remedy")
    remediation_asked_at = models.DateTimeField(null=True, blank=True, db_column="remedy_asked_at")
    remediation_asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="remediated_runs",
        db_column="remedy_asked_by_id",
    )

    class Meta:
        ordering = ["-queued_at"]
        indexes = [
            models.Index(fields=["status", "queued_at"]),
            models.Index(fields=["-queued_at"]),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["environment"],
                condition=Q(status__in=sorted(ACTIVE)),
                name="one_active_run_per_environment",
            ),
            models.UniqueConstraint(fields=["environment", "number"], name="run_number_once"),
            models.UniqueConstraint(
                fields=["requested_by", "idempotency_key"],
                condition=~Q(idempotency_key=""),
                name="run_idempotent",
            ),
            models.CheckConstraint(condition=Q(status__in=RunStatus.values), name="run_status_known"),
            models.CheckConstraint(condition=Q(kind__in=RunKind.values), name="run_kind_known"),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("requested_by")),
                name="never_the_requesters_own_approval",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["approved", "applying"]) | ~Q(plan_sha256=""),
                name="nothing_applied_without_a_plan",
            ),
            models.CheckConstraint(
                condition=~Q(status="applying") | Q(plan_consumed_at__isnull=False),
                name="an_apply_has_consumed_its_plan",
            ),
        ]

    def __str__(self) -> str:
        return f"run {self.number} of {self.environment_id}"

    @property
    def reason_text(self) -> str:
        """The reason in the active language."""
        return stored_text.translated(self.reason, self.reason_parts)

    @property
    def is_final(self) -> bool:
        return self.status in FINAL
