from dataclasses import dataclass

import pytest
from botocore.exceptions import ClientError

from tests.simulator.server import REGION, Account


@dataclass
class Endpoint:
    """A gateway endpoint for S3 with its first two route tables, and a third one."""

    account: Account
    name: str
    tables: list[str]

    def modify(self, *, add: list[str], remove: list[str]) -> None:
        self.account.client("ec2").modify_vpc_endpoint(
            VpcEndpointId=self.name, AddRouteTableIds=add, RemoveRouteTableIds=remove
        )

    def delete(self) -> None:
        self.account.client("ec2").delete_vpc_endpoints(VpcEndpointIds=[self.name])

    def noted(self) -> set[str]:
        [shown] = self.account.client("ec2").describe_vpc_endpoints(VpcEndpointIds=[self.name])[
            "VpcEndpoints"
        ]
        return set(shown["RouteTableIds"])

    def routed(self) -> set[str]:
        """The tables that hold a route to the endpoint."""
        tables = self.account.client("ec2").describe_route_tables(RouteTableIds=self.tables)["RouteTables"]
        return {
            table["RouteTableId"]
            for table in tables
            if any(route.get("GatewayId") == self.name for route in table["Routes"])
        }


def create_endpoint(account: Account) -> Endpoint:
    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.70.0.0/16")["Vpc"]["VpcId"]
    tables = [ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"] for _ in range(3)]
    created = ec2.create_vpc_endpoint(
        VpcId=vpc,
        ServiceName=f"com.amazonaws.{REGION}.s3",
        VpcEndpointType="Gateway",
        RouteTableIds=tables[:2],
    )["VpcEndpoint"]
    return Endpoint(account, created["VpcEndpointId"], tables)


class TestGatewayEndpointWithOtherRouteTables:
    def test_keeps_its_old_routes_in_moto_alone(self, moto_alone: Account) -> None:
        endpoint = create_endpoint(moto_alone)
        first, second, third = endpoint.tables

        endpoint.modify(add=[third], remove=[first])

        assert endpoint.routed() == {first, second}

    def test_cannot_be_deleted_in_moto_alone(self, moto_alone: Account) -> None:
        endpoint = create_endpoint(moto_alone)
        endpoint.modify(add=endpoint.tables[2:], remove=[])

        with pytest.raises(ClientError, match=r"InvalidRoute\.NotFound"):
            endpoint.delete()

    def test_has_its_routes_there_in_ours(self, account: Account) -> None:
        endpoint = create_endpoint(account)
        first, second, third = endpoint.tables

        endpoint.modify(add=[third], remove=[first])

        assert endpoint.routed() == endpoint.noted() == {second, third}

    def test_leaves_no_route_when_it_is_deleted_in_ours(self, account: Account) -> None:
        endpoint = create_endpoint(account)
        endpoint.modify(add=endpoint.tables[2:], remove=endpoint.tables[:1])

        endpoint.delete()

        assert endpoint.routed() == set()

    def test_may_be_given_one_that_it_has(self, account: Account) -> None:
        endpoint = create_endpoint(account)

        endpoint.modify(add=endpoint.tables, remove=[])

        assert endpoint.routed() == endpoint.noted() == set(endpoint.tables)

    def test_stays_as_it_was_if_one_of_them_is_unknown(self, account: Account) -> None:
        endpoint = create_endpoint(account)

        with pytest.raises(ClientError, match=r"InvalidRouteTableID\.NotFound"):
            endpoint.modify(add=[endpoint.tables[2]], remove=["rtb-nobody"])

        assert endpoint.routed() == endpoint.noted() == set(endpoint.tables[:2])


def create_interface_endpoint(account: Account) -> tuple[str, list[str]]:
    """An interface endpoint in the first two of three subnets, and the subnets."""
    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.71.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.71.{number}.0/24")["Subnet"]["SubnetId"]
        for number in range(3)
    ]
    created = ec2.create_vpc_endpoint(
        VpcId=vpc,
        ServiceName=f"com.amazonaws.{REGION}.ssm",
        VpcEndpointType="Interface",
        SubnetIds=subnets[:2],
    )["VpcEndpoint"]
    return created["VpcEndpointId"], subnets


def with_an_interface(account: Account, subnets: list[str]) -> set[str]:
    answer = account.client("ec2").describe_network_interfaces(
        Filters=[{"Name": "subnet-id", "Values": subnets}]
    )
    return {each["SubnetId"] for each in answer["NetworkInterfaces"]}


def move(account: Account, endpoint: str, *, add: str, remove: str) -> None:
    account.client("ec2").modify_vpc_endpoint(
        VpcEndpointId=endpoint, AddSubnetIds=[add], RemoveSubnetIds=[remove]
    )


class TestInterfaceEndpointInOtherSubnets:
    def test_keeps_its_old_interfaces_in_moto_alone(self, moto_alone: Account) -> None:
        endpoint, subnets = create_interface_endpoint(moto_alone)

        move(moto_alone, endpoint, add=subnets[2], remove=subnets[0])

        assert with_an_interface(moto_alone, subnets) == set(subnets[:2])

    def test_has_its_interfaces_there_and_takes_them_with_it_in_ours(self, account: Account) -> None:
        endpoint, subnets = create_interface_endpoint(account)

        move(account, endpoint, add=subnets[2], remove=subnets[0])
        moved = with_an_interface(account, subnets)
        account.client("ec2").delete_vpc_endpoints(VpcEndpointIds=[endpoint])

        assert moved == set(subnets[1:])
        assert with_an_interface(account, subnets) == set()

    def test_stays_as_it_was_if_one_of_them_is_unknown(self, account: Account) -> None:
        endpoint, subnets = create_interface_endpoint(account)

        with pytest.raises(ClientError, match=r"InvalidSubnetID\.NotFound"):
            move(account, endpoint, add="subnet-nobody", remove=subnets[0])

        [shown] = account.client("ec2").describe_vpc_endpoints(VpcEndpointIds=[endpoint])["VpcEndpoints"]
        assert shown["SubnetIds"] == subnets[:2]
