from django.db import models


class WorkerHost(models.Model):
    """A machine with a runs worker. `boot_id` changes when the machine boots."""

    host_id = models.CharField(max_length=64, primary_key=True)
    boot_id = models.CharField(max_length=64)
    slots = models.PositiveIntegerField()
    last_seen_at = models.DateTimeField()
    # Why its runs cannot start, for example that Terraform is missing. Empty: they can.
    trouble = models.CharField(max_length=500, blank=True)

    def __str__(self) -> str:
        return self.host_id
