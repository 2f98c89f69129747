"""All patches of the lab, in the order in which they are applied."""

from simulator.lab.lab import Lab
from simulator.lab.patches import (
    console_output,
    databases,
    group_launches,
    group_termination,
    instance_refreshes,
    instances,
    interface_endpoints,
    load_balancers,
    nat_gateways,
    removed_subnets,
    target_health,
)

PATCHES = (
    console_output,
    databases,
    nat_gateways,
    load_balancers,
    interface_endpoints,
    instances,
    group_launches,
    removed_subnets,
    group_termination,
    instance_refreshes,
    target_health,
)


def apply_all(lab: Lab) -> None:
    """Patch moto in this process: once, after `simulator.patches` and before the first request."""
    for patch in PATCHES:
        patch.apply(lab)
