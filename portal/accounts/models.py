from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    MEMBER = "member", _("Member")
    OPERATOR = "operator", _("Operator")
    AUDITOR = "auditor", _("Auditor")
    ADMIN = "admin", _("Admin")


class User(AbstractUser):
    """A person. `provisioner/permissions.py` alone decides what a role allows."""

    role = models.CharField(max_length=16, choices=Role, default=Role.MEMBER)

    class Meta(AbstractUser.Meta):
        constraints = [
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="user_role_known"),
        ]


class SignInAttempt(models.Model):
    """A sign-in that failed, or is being checked. Kept only while it counts against the next one."""

    # A digest, not the name: people type passwords there.
    account_sha256 = models.CharField(max_length=64)
    ip = models.CharField(max_length=45, blank=True)
    at = models.DateTimeField(db_index=True)

    class Meta:
        indexes = [models.Index(fields=["account_sha256", "at"]), models.Index(fields=["ip", "at"])]

    def __str__(self) -> str:
        return f"{self.account_sha256[:8]} from {self.ip}"


class ApiToken(models.Model):
    """A program's key to the API, in a person's name. Only its SHA-256 is stored."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80, blank=True)
    sha256 = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=8, help_text="Its first characters, to tell tokens apart.")
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        # The model was part of `portal.api` when the table was created.
        db_table = "api_apitoken"
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.hint}… of {self.user_id}"
