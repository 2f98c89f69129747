from django.conf import settings
from django.db import models


class ApiToken(models.Model):
    """A program's key to the API, in a person's name. Only its SHA-256 is kept."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80, blank=True)
    sha256 = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=8, help_text="Its first characters, to tell tokens apart.")
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.hint}… of {self.user_id}"
