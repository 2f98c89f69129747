"""VPCs with overlapping address ranges cannot be peered: the connection becomes `failed`, as in AWS."""

from ipaddress import IPv4Network
from typing import Any

from moto.ec2.models import EC2Backend
from moto.ec2.models.vpcs import VPC

from simulator.patches import patching

# AWS uses this message for all reasons.
MESSAGE = "Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range"


def apply() -> None:
    @patching.wrap(EC2Backend, "create_vpc_peering_connection")
    def create_vpc_peering_connection(
        original: patching.Method, self: EC2Backend, vpc: VPC, peer_vpc: Any, *more: object, **options: object
    ) -> object:
        connection = original(self, vpc, peer_vpc, *more, **options)
        if any(mine.overlaps(other) for mine in _ranges(vpc) for other in _ranges(peer_vpc)):
            connection._status.code, connection._status.message = "failed", MESSAGE
        return connection


def _ranges(vpc: VPC) -> list[IPv4Network]:
    return [IPv4Network(each["cidr_block"]) for each in vpc.get_cidr_block_association_set()]
