"""An instance refresh takes as long for each instance as the scale says, and never less than it did."""

from provisioner.simulator.lab.laboratory import Laboratory
from provisioner.simulator.patches import instance_refresh


def apply(laboratory: Laboratory) -> None:
    shortest = instance_refresh.SECONDS_PER_INSTANCE
    vars(instance_refresh)["seconds_per_instance"] = lambda: max(
        shortest, laboratory.latency.seconds("instance's replacement")
    )
