"""All patches of the laboratory, in one call."""

from simulator.lab.laboratory import Laboratory
from simulator.lab.patches import (
    console_output,
    databases,
    endpoints,
    given_up_subnets,
    group_ends,
    instances,
    launches,
    load_balancers,
    nat_gateways,
    refreshes,
    target_health,
)

TOPICS = (
    console_output,
    databases,
    nat_gateways,
    load_balancers,
    endpoints,
    instances,
    launches,
    given_up_subnets,
    group_ends,
    refreshes,
    target_health,
)


def apply(laboratory: Laboratory) -> None:
    """Patch moto in this process, once, after the simulator's own patches and before the first request."""
    for topic in TOPICS:
        topic.apply(laboratory)
