from django.contrib.auth.models import AbstractUser
from django.db import models


class Role(models.TextChoices):
    MEMBER = "member", "Member"
    OPERATOR = "operator", "Operator"
    AUDITOR = "auditor", "Auditor"
    ADMIN = "admin", "Admin"


class User(AbstractUser):
    """A person. What a role may do is decided in `provisioner/permissions.py` and nowhere else."""

    role = models.CharField(max_length=16, choices=Role, default=Role.MEMBER)

    class Meta(AbstractUser.Meta):
        constraints = [
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="user_role_known"),
        ]


class SignInAttempt(models.Model):
    """A sign-in that failed, or is being checked. Kept only as long as it counts against the next one."""

    # A digest, not the name typed: people type passwords there.
    account_sha256 = models.CharField(max_length=64)
    ip = models.CharField(max_length=45, blank=True)
    at = models.DateTimeField(db_index=True)

    class Meta:
        indexes = [models.Index(fields=["account_sha256", "at"]), models.Index(fields=["ip", "at"])]

    def __str__(self) -> str:
        return f"{self.account_sha256[:8]} from {self.ip}"
