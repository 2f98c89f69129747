"""Two networks that share addresses cannot be peered: the connection comes up `failed`, as in AWS."""

from ipaddress import IPv4Network
from typing import Any

from moto.ec2.models import EC2Backend

from simulator.patches import replacing

# As AWS says it of every reason that it has.
MESSAGE = "Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range"


def apply() -> None:
    @replacing.wrap(EC2Backend, "create_vpc_peering_connection")
    def create_vpc_peering_connection(
        original: replacing.Method, self: Any, vpc: Any, peer_vpc: Any, *more: Any, **options: Any
    ) -> Any:
        connection = original(self, vpc, peer_vpc, *more, **options)
        if any(mine.overlaps(other) for mine in _ranges(vpc) for other in _ranges(peer_vpc)):
            connection._status.code, connection._status.message = "failed", MESSAGE
        return connection


def _ranges(vpc: Any) -> list[IPv4Network]:
    return [IPv4Network(each["cidr_block"]) for each in vpc.get_cidr_block_association_set()]
