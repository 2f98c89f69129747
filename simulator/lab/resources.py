"""What is in the account now, in one list, with the status that AWS would show."""

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

Resource = dict[str, Any]
# Every kind has one where it has no status of its own.
THERE = "available"
_GONE = ("terminated", "deleted")


@dataclass(frozen=True, kw_only=True)
class _Kind:
    """How one kind of resource is found in moto's backend, and which of its attributes tell what."""

    title: str
    backends: Any
    find: Callable[[Any], Iterable[Any]]
    id: str
    name: Callable[[Any], str] = lambda resource: ""
    status: Callable[[Any], str] = lambda resource: THERE


def all_of_them() -> list[Resource]:
    """Every resource that somebody made, by kind: kind, region, id, name, status; for targets why, too."""
    found = [resource for kind in _KINDS for resource in _of(kind)]
    return found + list(_targets())


def _of(kind: _Kind) -> Iterator[Resource]:
    for account_id, region, backend in _each(kind.backends):
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


def _each(backends: Any) -> Iterator[tuple[str, str, Any]]:
    # Past moto's own access, which would make what is not there.
    for account_id, regions in list(dict.items(backends)):
        for region, backend in list(dict.items(regions)):
            yield account_id, region, backend


def _targets() -> Iterator[Resource]:
    for account_id, region, backend in _each(elbv2_backends):
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


def _made(attribute: str) -> Callable[[Any], Iterable[Any]]:
    return lambda backend: getattr(backend, attribute).values()


def _own_vpcs(backend: Any) -> list[Any]:
    return [vpc for vpc in list(backend.vpcs.values()) if str(vpc.is_default).lower() != "true"]


def _own_subnets(backend: Any) -> list[Any]:
    own = {vpc.id for vpc in _own_vpcs(backend)}
    by_zone = list(backend.subnets.values())
    return [subnet for zone in by_zone for subnet in list(zone.values()) if subnet.vpc_id in own]


def _instances(backend: Any) -> list[Any]:
    return [
        instance for reservation in list(backend.reservations.values()) for instance in reservation.instances
    ]


def _tag(resource: Any) -> str:
    return str(next((tag["value"] for tag in resource.get_tags() if tag["key"] == "Name"), ""))


def _group_status(group: Any) -> str:
    if vars(group).get("status"):
        return str(group.status)
    wanted = group.desired_capacity or 0
    there = sum(state.lifecycle_state == "InService" for state in group.instance_states)
    return THERE if there == wanted else f"{there} of {wanted}"


_KINDS = (
    _Kind(title="VPC", backends=ec2_backends, find=_own_vpcs, id="id", name=_tag),
    _Kind(title="Subnet", backends=ec2_backends, find=_own_subnets, id="id", name=_tag),
    _Kind(
        title="NAT gateway",
        backends=ec2_backends,
        find=_made("nat_gateways"),
        id="id",
        name=_tag,
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
        find=_made("vpc_end_points"),
        id="id",
        name=lambda endpoint: str(endpoint.service_name).rpartition(".")[2],
        status=lambda endpoint: str(endpoint.state),
    ),
    _Kind(
        title="Load balancer",
        backends=elbv2_backends,
        find=_made("load_balancers"),
        id="name",
        status=lambda balancer: str(balancer.state),
    ),
    _Kind(
        title="Auto Scaling group",
        backends=autoscaling_backends,
        find=_made("autoscaling_groups"),
        id="name",
        status=_group_status,
    ),
    _Kind(
        title="Instance",
        backends=ec2_backends,
        find=_instances,
        id="id",
        name=_tag,
        status=lambda instance: str(instance.state),
    ),
    _Kind(
        title="Database",
        backends=rds_backends,
        find=_made("databases"),
        id="db_instance_identifier",
        name=lambda database: f"{database.engine} {database.engine_version}",
        status=lambda database: str(database.status),
    ),
    _Kind(
        title="Secret",
        backends=secretsmanager_backends,
        find=_made("secrets"),
        id="name",
        status=lambda secret: "scheduled for deletion" if secret.deleted_date else THERE,
    ),
    _Kind(title="Repository", backends=ecr_backends, find=_made("repositories"), id="name"),
    _Kind(title="Role", backends=iam_backends, find=_made("roles"), id="name"),
    _Kind(title="Bucket", backends=s3_backends, find=_made("buckets"), id="name"),
)
