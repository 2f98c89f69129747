"""All patches, in the order in which they are applied."""

from simulator.patches import (
    access_logs,
    action_cache,
    autoscaling,
    bucket_logging,
    bucket_policies,
    cloudfront,
    database_groups,
    database_insights,
    database_storage,
    database_zones,
    group_instances,
    iam,
    images,
    instance_refresh,
    launch_template_tags,
    launch_templates,
    load_balancing,
    managed_instances,
    network_deletions,
    network_interfaces,
    network_peerings,
    public_load_balancers,
    rds,
    tags,
    vpc_endpoints,
)

PATCHES = (
    action_cache,
    tags,
    iam,
    images,
    rds,
    database_zones,
    database_groups,
    database_storage,
    database_insights,
    bucket_logging,
    bucket_policies,
    cloudfront,
    vpc_endpoints,
    launch_templates,
    launch_template_tags,
    load_balancing,
    public_load_balancers,
    access_logs,
    autoscaling,
    group_instances,
    instance_refresh,
    managed_instances,
    network_interfaces,
    network_deletions,
    network_peerings,
)


def apply_all() -> None:
    """Patch moto in this process. Call it once, before the first request."""
    for patch in PATCHES:
        patch.apply()
