"""A VPC for a test."""

from dataclasses import dataclass

from tests.simulator.server import REGION, Account


@dataclass(frozen=True)
class Network:
    """The id of a VPC and the ids of its subnets, one per requested zone."""

    vpc: str
    subnets: list[str]


def create(account: Account, *, zones: str = "ac") -> Network:
    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.90.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.90.{number}.0/24", AvailabilityZone=f"{REGION}{zone}")
        for number, zone in enumerate(zones)
    ]
    return Network(vpc, [each["Subnet"]["SubnetId"] for each in subnets])


def attach_internet_gateway(account: Account, network: Network) -> str:
    """Attach a new internet gateway to the VPC. Returns its id."""
    ec2 = account.client("ec2")
    gateway = str(ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"])
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=network.vpc)
    return gateway
