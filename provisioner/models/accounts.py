from django.conf import settings
from django.db import models


class Team(models.Model):
    """People who share environments. A member sees and changes the team's environments only."""

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=80)
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="teams", blank=True)
    # When a run of the team last got a worker's slot; teams alternate by it.
    served_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class CloudAccount(models.Model):
    """Where environments are built. Rows follow `CLOUD_ACCOUNTS` (`manage.py sync_accounts`)."""

    class Kind(models.TextChoices):
        AWS = "aws", "AWS"
        SIMULATED = "simulated", "Simulated AWS"

    slug = models.SlugField(unique=True)
    title = models.CharField(max_length=80)
    kind = models.CharField(max_length=16, choices=Kind)
    region = models.CharField(max_length=32)
    role_arn = models.CharField(max_length=200, blank=True)
    external_id = models.CharField(max_length=120, blank=True)
    state_bucket = models.CharField(max_length=63)
    is_enabled = models.BooleanField(default=True)
    # The simulated account's generation when it was last seen; another one means that it was reset.
    generation = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["title"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["aws", "simulated"]), name="account_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return self.title
