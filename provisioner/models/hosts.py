from django.db import models


class WorkerHost(models.Model):
    """A machine whose runs worker was heard. `boot_id` changes when the machine starts anew."""

    host_id = models.CharField(max_length=64, primary_key=True)
    boot_id = models.CharField(max_length=64)
    slots = models.PositiveIntegerField()
    last_seen_at = models.DateTimeField()
    # Why its runs cannot start, for example that Terraform is missing. Empty: it can work.
    trouble = models.CharField(max_length=500, blank=True)

    def __str__(self) -> str:
        return self.host_id
