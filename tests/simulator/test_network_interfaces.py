import pytest

from tests.simulator.instances import launch
from tests.simulator.server import REGION, Account


def create_subnet(account: Account) -> str:
    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.80.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.80.1.0/24", AvailabilityZone=f"{REGION}a")["Subnet"]
    return str(subnet["SubnetId"])


def interfaces(account: Account, subnet: str) -> list[str]:
    response = account.client("ec2").describe_network_interfaces(
        Filters=[{"Name": "subnet-id", "Values": [subnet]}]
    )
    return [each["NetworkInterfaceId"] for each in response["NetworkInterfaces"]]


def count_interfaces(account: Account) -> tuple[int, int]:
    """The number of interfaces of an instance and a NAT gateway, and how many remain after their deletion."""
    ec2, subnet = account.client("ec2"), create_subnet(account)
    instance = launch(account, SubnetId=subnet)
    gateway = ec2.create_nat_gateway(SubnetId=subnet, ConnectivityType="private")["NatGateway"]
    created = len(interfaces(account, subnet))
    ec2.terminate_instances(InstanceIds=[instance])
    ec2.delete_nat_gateway(NatGatewayId=gateway["NatGatewayId"])
    return created, len(interfaces(account, subnet))


class TestNetworkInterfaces:
    @pytest.mark.parametrize(("which", "left"), [("plain_moto", 2), ("account", 0)])
    def test_are_deleted_with_their_instance_or_nat_gateway_except_in_plain_moto(
        self, request: pytest.FixtureRequest, which: str, left: int
    ) -> None:
        tested: Account = request.getfixturevalue(which)

        assert count_interfaces(tested) == (2, left)

    def test_stay_if_they_were_created_before_the_instance(self, account: Account) -> None:
        ec2, subnet = account.client("ec2"), create_subnet(account)
        own = ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
        instance = launch(account, NetworkInterfaces=[{"DeviceIndex": 0, "NetworkInterfaceId": own}])

        ec2.terminate_instances(InstanceIds=[instance])

        assert interfaces(account, subnet) == [own]

    def test_an_instance_can_be_terminated_twice(self, account: Account) -> None:
        ec2, subnet = account.client("ec2"), create_subnet(account)
        instance = launch(account, SubnetId=subnet)

        for _ in range(2):
            ec2.terminate_instances(InstanceIds=[instance])

        assert interfaces(account, subnet) == []
