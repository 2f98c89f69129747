"""What stands in a region's networks: in which subnets, guarded by which security groups, public or not."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from moto.elbv2.models import elbv2_backends
from moto.rds.models import rds_backends

from simulator.patches import database_zones

# They keep what they have until they are quite gone.
GONE = ("terminated", "deleted")


@dataclass(frozen=True, kw_only=True)
class Occupant:
    """Ids of subnets and of security groups. `public_in` is the VPC in which it has a public address."""

    subnets: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    public_in: str | None = None


def all_of(ec2: Any) -> Iterator[Occupant]:
    """Everything in moto's region `ec2` that has not ended."""
    yield from _instances(ec2)
    yield from _interfaces(ec2)
    yield from _endpoints(ec2)
    yield from _load_balancers(ec2)
    yield from _databases(ec2)


def _instances(ec2: Any) -> Iterator[Occupant]:
    for instance in ec2.all_instances():
        if instance.state not in GONE:
            interfaces = instance.nics.values()
            guards = [*instance.security_groups, *(group for each in interfaces for group in each.group_set)]
            yield Occupant(
                subnets=frozenset(each.subnet_id for each in interfaces),
                groups=frozenset(str(group.id) for group in guards),
                public_in=instance.vpc_id if any(each.public_ip for each in interfaces) else None,
            )


def _interfaces(ec2: Any) -> Iterator[Occupant]:
    """Those of NAT gateways and interface endpoints, and those that a person made."""
    mapped = {address.eni.id for address in list(ec2.addresses) if address.eni is not None}
    for interface in list(ec2.enis.values()):
        if interface.instance is None:
            yield Occupant(
                subnets=frozenset([interface.subnet_id]),
                groups=frozenset(group.id for group in interface.group_set),
                public_in=interface.vpc_id if interface.id in mapped else None,
            )


def _endpoints(ec2: Any) -> Iterator[Occupant]:
    for endpoint in list(ec2.vpc_end_points.values()):
        if endpoint.state not in GONE:
            yield Occupant(groups=frozenset(endpoint.security_group_ids))


def _load_balancers(ec2: Any) -> Iterator[Occupant]:
    backend = _beside(ec2, elbv2_backends)
    for balancer in list(backend.load_balancers.values()) if backend is not None else []:
        yield Occupant(
            subnets=frozenset(subnet.id for subnet in balancer.subnets),
            groups=frozenset(balancer.security_groups or []),
            public_in=balancer.vpc_id if is_public(balancer.scheme) else None,
        )


def _databases(ec2: Any) -> Iterator[Occupant]:
    backend = _beside(ec2, rds_backends)
    for database in list(backend.databases.values()) if backend is not None else []:
        yield Occupant(
            subnets=frozenset(database_zones.subnets_of(database)),
            groups=frozenset(database.vpc_security_group_ids or []),
        )


def is_public(scheme: str | None) -> bool:
    """Whether a load balancer of that scheme faces the internet: one that says nothing does."""
    return scheme in (None, "internet-facing")


def _beside(ec2: Any, backends: Any) -> Any:
    # Past moto's own access, which would make what is not there.
    return dict.get(dict.get(backends, ec2.account_id, {}), ec2.region_name)
