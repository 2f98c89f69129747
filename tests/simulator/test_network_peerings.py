import pytest

from simulator.json_types import JsonObject
from tests.simulator.server import Account


def peering_status(account: Account, one: str, other: str, *, second_range: str = "") -> JsonObject:
    """The status of a peering connection between VPCs with these ranges; the second VPC may have two."""
    ec2 = account.client("ec2")
    first, second = (ec2.create_vpc(CidrBlock=each)["Vpc"]["VpcId"] for each in (one, other))
    if second_range:
        ec2.associate_vpc_cidr_block(VpcId=second, CidrBlock=second_range)
    made = ec2.create_vpc_peering_connection(VpcId=first, PeerVpcId=second)["VpcPeeringConnection"]
    [found] = ec2.describe_vpc_peering_connections(VpcPeeringConnectionIds=[made["VpcPeeringConnectionId"]])[
        "VpcPeeringConnections"
    ]
    status: JsonObject = found["Status"]
    return status


class TestPeeringOfOverlappingVpcs:
    def test_is_accepted_by_plain_moto(self, plain_moto: Account) -> None:
        assert peering_status(plain_moto, "10.91.0.0/16", "10.91.0.0/20")["Code"] == "pending-acceptance"

    @pytest.mark.parametrize(
        ("other", "second_range"), [("10.91.0.0/20", ""), ("10.92.0.0/16", "10.91.16.0/20")]
    )
    def test_fails(self, account: Account, other: str, second_range: str) -> None:
        assert peering_status(account, "10.91.0.0/16", other, second_range=second_range) == {
            "Code": "failed",
            "Message": "Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range",
        }

    def test_does_not_fail_without_overlap(self, account: Account) -> None:
        assert peering_status(account, "10.91.0.0/16", "10.92.0.0/16")["Code"] == "pending-acceptance"
