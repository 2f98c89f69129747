"""What uses a region's networks: which subnets and security groups, and whether it has a public address."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from moto.ec2.models import EC2Backend
from moto.elbv2.models import elbv2_backends
from moto.rds.models import rds_backends

from simulator.patches import database_zones

# A resource uses its network until it has one of these states.
ENDED = ("terminated", "deleted")


@dataclass(frozen=True, kw_only=True)
class Usage:
    """What one resource uses: ids of subnets and of security groups, and the VPC of its public address."""

    subnets: frozenset[str] = frozenset()
    security_groups: frozenset[str] = frozenset()
    public_vpc: str | None = None


def all_in(ec2: EC2Backend) -> Iterator[Usage]:
    """The usage of every resource in this account and region that has not ended."""
    yield from _instances(ec2)
    yield from _interfaces(ec2)
    yield from _endpoints(ec2)
    yield from _load_balancers(ec2)
    yield from _databases(ec2)


def _instances(ec2: EC2Backend) -> Iterator[Usage]:
    for instance in ec2.all_instances():
        if instance.state not in ENDED:
            interfaces = instance.nics.values()
            groups = [*instance.security_groups, *(group for each in interfaces for group in each.group_set)]
            yield Usage(
                subnets=frozenset(each.subnet_id for each in interfaces),
                security_groups=frozenset(str(group.id) for group in groups),
                public_vpc=instance.vpc_id if any(each.public_ip for each in interfaces) else None,
            )


def _interfaces(ec2: Any) -> Iterator[Usage]:
    """Interfaces without an instance: of NAT gateways, of interface endpoints, and those created directly."""
    with_address = {address.eni.id for address in list(ec2.addresses) if address.eni is not None}
    for interface in list(ec2.enis.values()):
        if interface.instance is None:
            yield Usage(
                subnets=frozenset([interface.subnet_id]),
                security_groups=frozenset(group.id for group in interface.group_set),
                public_vpc=interface.vpc_id if interface.id in with_address else None,
            )


def _endpoints(ec2: EC2Backend) -> Iterator[Usage]:
    for endpoint in list(ec2.vpc_end_points.values()):
        if endpoint.state not in ENDED:
            yield Usage(security_groups=frozenset(endpoint.security_group_ids))


def _load_balancers(ec2: EC2Backend) -> Iterator[Usage]:
    backend = _existing(elbv2_backends, ec2)
    for balancer in list(backend.load_balancers.values()) if backend is not None else []:
        yield Usage(
            subnets=frozenset(subnet.id for subnet in balancer.subnets),
            security_groups=frozenset(balancer.security_groups or []),
            public_vpc=balancer.vpc_id if is_public(balancer.scheme) else None,
        )


def _databases(ec2: EC2Backend) -> Iterator[Usage]:
    backend = _existing(rds_backends, ec2)
    for database in list(backend.databases.values()) if backend is not None else []:
        yield Usage(
            subnets=frozenset(database_zones.subnets_of(database)),
            security_groups=frozenset(database.vpc_security_group_ids or []),
        )


def is_public(scheme: str | None) -> bool:
    """Whether a load balancer with this scheme is internet-facing. Without a scheme it is."""
    return scheme in (None, "internet-facing")


def _existing(backends: Any, ec2: EC2Backend) -> Any:
    # moto's own __getitem__ would create a missing backend.
    return dict.get(dict.get(backends, ec2.account_id, {}), ec2.region_name)
