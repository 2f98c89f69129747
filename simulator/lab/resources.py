"""Lists the resources in the account, with the status that AWS would show."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from moto.autoscaling.models import autoscaling_backends
from moto.ec2.models import ec2_backends
from moto.ecr.models import ecr_backends
from moto.elbv2.models import elbv2_backends
from moto.iam.models import iam_backends
from moto.rds.models import rds_backends
from moto.s3.models import s3_backends
from moto.secretsmanager.models import secretsmanager_backends

from simulator.json_types import JsonObject

# The status of resources that have no status in AWS.
AVAILABLE = "available"
_GONE = ("terminated", "deleted")


@dataclass(frozen=True, kw_only=True)
class _Kind:
    """Where moto's backend has one kind of resource, and how to read its id, name and status."""

    title: str
    backends: Any
    find: Callable[[Any], Iterable[Any]]
    id: str
    name: Callable[[Any], str] = lambda resource: ""
    status: Callable[[Any], str] = lambda resource: AVAILABLE


def list_all() -> list[JsonObject]:
    """Every resource that a request created, by kind. Targets also have their reason code, as `why`."""
    found = [resource for kind in _KINDS for resource in _resources_of(kind)]
    return found + list(_targets())


def _resources_of(kind: _Kind) -> Iterator[JsonObject]:
    for account_id, region, backend in _existing(kind.backends):
        for resource in list(kind.find(backend)):
            status = kind.status(resource)
            if status not in _GONE:
                yield {
                    "kind": kind.title,
                    "account": account_id,
                    "region": region,
                    "id": str(getattr(resource, kind.id)),
                    "name": kind.name(resource),
                    "status": status,
                }


def _existing(backends: Any) -> Iterator[tuple[str, str, Any]]:
    # moto's own __getitem__ would create a missing backend.
    for account_id, regions in list(dict.items(backends)):
        for region, backend in list(dict.items(regions)):
            yield account_id, region, backend


def _targets() -> Iterator[JsonObject]:
    for account_id, region, backend in _existing(elbv2_backends):
        for group in list(backend.target_groups.values()):
            for target in list(group.targets.values()):
                health = group.health_for(target, backend.ec2_backend)
                yield {
                    "kind": "Target",
                    "account": account_id,
                    "region": region,
                    "id": target["Id"],
                    "name": group.name,
                    "status": health.status,
                    "why": health.reason or "",
                    "description": health.description or "",
                }


def _values_of(attribute: str) -> Callable[[Any], Iterable[Any]]:
    return lambda backend: getattr(backend, attribute).values()


def _created_vpcs(backend: Any) -> list[Any]:
    return [vpc for vpc in list(backend.vpcs.values()) if str(vpc.is_default).lower() != "true"]


def _created_subnets(backend: Any) -> list[Any]:
    created = {vpc.id for vpc in _created_vpcs(backend)}
    by_zone = list(backend.subnets.values())
    return [subnet for zone in by_zone for subnet in list(zone.values()) if subnet.vpc_id in created]


def _instances(backend: Any) -> list[Any]:
    return [
        instance for reservation in list(backend.reservations.values()) for instance in reservation.instances
    ]


def _name_tag(resource: Any) -> str:
    return str(next((tag["value"] for tag in resource.get_tags() if tag["key"] == "Name"), ""))


def _group_status(group: Any) -> str:
    if vars(group).get("status"):
        return str(group.status)
    desired = group.desired_capacity or 0
    in_service = sum(state.lifecycle_state == "InService" for state in group.instance_states)
    return AVAILABLE if in_service == desired else f"{in_service} of {desired}"


_KINDS = (
    _Kind(title="VPC", backends=ec2_backends, find=_created_vpcs, id="id", name=_name_tag),
    _Kind(title="Subnet", backends=ec2_backends, find=_created_subnets, id="id", name=_name_tag),
    _Kind(
        title="NAT gateway",
        backends=ec2_backends,
        find=_values_of("nat_gateways"),
        id="id",
        name=_name_tag,
        status=lambda gateway: str(gateway.state),
    ),
    _Kind(
        title="Elastic IP",
        backends=ec2_backends,
        find=lambda backend: backend.addresses,
        id="public_ip",
    ),
    _Kind(
        title="VPC endpoint",
        backends=ec2_backends,
        find=_values_of("vpc_end_points"),
        id="id",
        name=lambda endpoint: str(endpoint.service_name).rpartition(".")[2],
        status=lambda endpoint: str(endpoint.state),
    ),
    _Kind(
        title="Load balancer",
        backends=elbv2_backends,
        find=_values_of("load_balancers"),
        id="name",
        status=lambda balancer: str(balancer.state),
    ),
    _Kind(
        title="Auto Scaling group",
        backends=autoscaling_backends,
        find=_values_of("autoscaling_groups"),
        id="name",
        status=_group_status,
    ),
    _Kind(
        title="Instance",
        backends=ec2_backends,
        find=_instances,
        id="id",
        name=_name_tag,
        status=lambda instance: str(instance.state),
    ),
    _Kind(
        title="Database",
        backends=rds_backends,
        find=_values_of("databases"),
        id="db_instance_identifier",
        name=lambda database: f"{database.engine} {database.engine_version}",
        status=lambda database: str(database.status),
    ),
    _Kind(
        title="Secret",
        backends=secretsmanager_backends,
        find=_values_of("secrets"),
        id="name",
        status=lambda secret: "scheduled for deletion" if secret.deleted_date else AVAILABLE,
    ),
    _Kind(title="Repository", backends=ecr_backends, find=_values_of("repositories"), id="name"),
    _Kind(title="Role", backends=iam_backends, find=_values_of("roles"), id="name"),
    _Kind(title="Bucket", backends=s3_backends, find=_values_of("buckets"), id="name"),
)
