from django.db import models


class RunEvent(models.Model):
    """One numbered entry of a run's event log. `seq` counts from 1 without gaps, in the order of commits."""

    pk = models.CompositePrimaryKey("run_id", "seq")
    run = models.ForeignKey(
        "provisioner.Run", on_delete=models.CASCADE, related_name="events", db_index=False
    )
    seq = models.PositiveIntegerField()
    at = models.DateTimeField()
    phase = models.CharField(max_length=16)
    type = models.CharField(max_length=40)
    level = models.CharField(max_length=8)
    message = models.TextField()
    resource = models.CharField(max_length=300, blank=True)
    data = models.JSONField(default=dict)

    class Meta:
        ordering = ["run_id", "seq"]

    def __str__(self) -> str:
        return f"{self.run_id} #{self.seq}"
