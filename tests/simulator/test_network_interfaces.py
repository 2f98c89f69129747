import pytest

from tests.simulator.instances import launch
from tests.simulator.server import REGION, Account


def create_subnet(account: Account) -> str:
    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.80.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.80.1.0/24", AvailabilityZone=f"{REGION}a")["Subnet"]
    return str(subnet["SubnetId"])


def interfaces(account: Account, subnet: str) -> list[str]:
    answer = account.client("ec2").describe_network_interfaces(
        Filters=[{"Name": "subnet-id", "Values": [subnet]}]
    )
    return [each["NetworkInterfaceId"] for each in answer["NetworkInterfaces"]]


def come_and_go(account: Account) -> tuple[int, int]:
    """How many interfaces an instance and a NAT gateway bring into a subnet, and leave there."""
    ec2, subnet = account.client("ec2"), create_subnet(account)
    instance = launch(account, SubnetId=subnet)
    gateway = ec2.create_nat_gateway(SubnetId=subnet, ConnectivityType="private")["NatGateway"]
    brought = len(interfaces(account, subnet))
    ec2.terminate_instances(InstanceIds=[instance])
    ec2.delete_nat_gateway(NatGatewayId=gateway["NatGatewayId"])
    return brought, len(interfaces(account, subnet))


class TestNetworkInterfaces:
    @pytest.mark.parametrize(("which", "left"), [("moto_alone", 2), ("account", 0)])
    def test_go_with_whom_they_came_in_ours_only(
        self, request: pytest.FixtureRequest, which: str, left: int
    ) -> None:
        asked: Account = request.getfixturevalue(which)

        assert come_and_go(asked) == (2, left)

    def test_stay_if_they_were_there_before(self, account: Account) -> None:
        ec2, subnet = account.client("ec2"), create_subnet(account)
        own = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
        instance = launch(account, NetworkInterfaces=[{"DeviceIndex": 0, "NetworkInterfaceId": own}])

        ec2.terminate_instances(InstanceIds=[instance])

        assert interfaces(account, subnet) == [own]

    def test_do_not_stop_who_terminates_twice(self, account: Account) -> None:
        ec2, subnet = account.client("ec2"), create_subnet(account)
        instance = launch(account, SubnetId=subnet)

        for _ in range(2):
            ec2.terminate_instances(InstanceIds=[instance])

        assert interfaces(account, subnet) == []
