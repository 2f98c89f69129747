"""All patches, in one call."""

from provisioner.simulator.patches import (
    autoscaling,
    dispatch,
    group_instances,
    iam,
    images,
    instance_refresh,
    launch_templates,
    load_balancing,
    managed_instances,
    network_interfaces,
    rds,
    vpc_endpoints,
)

TOPICS = (
    dispatch,
    iam,
    images,
    rds,
    vpc_endpoints,
    launch_templates,
    load_balancing,
    autoscaling,
    group_instances,
    instance_refresh,
    managed_instances,
    network_interfaces,
)


def apply() -> None:
    """Patch moto in this process. Call it once, before the first request."""
    for topic in TOPICS:
        topic.apply()
