from dataclasses import dataclass

import pytest
from botocore.exceptions import ClientError

from tests.simulator.server import REGION, Account


@dataclass
class Endpoint:
    """A gateway endpoint for S3 in the first two of three route tables."""

    account: Account
    id: str
    tables: list[str]

    def modify(self, *, add: list[str], remove: list[str]) -> None:
        self.account.client("ec2").modify_vpc_endpoint(
            VpcEndpointId=self.id, AddRouteTableIds=add, RemoveRouteTableIds=remove
        )

    def delete(self) -> None:
        self.account.client("ec2").delete_vpc_endpoints(VpcEndpointIds=[self.id])

    def route_table_ids(self) -> set[str]:
        [shown] = self.account.client("ec2").describe_vpc_endpoints(VpcEndpointIds=[self.id])["VpcEndpoints"]
        return set(shown["RouteTableIds"])

    def tables_with_route(self) -> set[str]:
        """The route tables that have a route to the endpoint."""
        tables = self.account.client("ec2").describe_route_tables(RouteTableIds=self.tables)["RouteTables"]
        return {
            table["RouteTableId"]
            for table in tables
            if any(route.get("GatewayId") == self.id for route in table["Routes"])
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


class TestChangedGatewayEndpoint:
    def test_keeps_its_old_routes_in_plain_moto(self, plain_moto: Account) -> None:
        endpoint = create_endpoint(plain_moto)
        first, second, third = endpoint.tables

        endpoint.modify(add=[third], remove=[first])

        assert endpoint.tables_with_route() == {first, second}

    def test_cannot_be_deleted_in_plain_moto(self, plain_moto: Account) -> None:
        endpoint = create_endpoint(plain_moto)
        endpoint.modify(add=endpoint.tables[2:], remove=[])

        with pytest.raises(ClientError, match=r"InvalidRoute\.NotFound"):
            endpoint.delete()

    def test_has_routes_in_its_new_tables(self, account: Account) -> None:
        endpoint = create_endpoint(account)
        first, second, third = endpoint.tables

        endpoint.modify(add=[third], remove=[first])

        assert endpoint.tables_with_route() == endpoint.route_table_ids() == {second, third}

    def test_its_deletion_removes_all_routes(self, account: Account) -> None:
        endpoint = create_endpoint(account)
        endpoint.modify(add=endpoint.tables[2:], remove=endpoint.tables[:1])

        endpoint.delete()

        assert endpoint.tables_with_route() == set()

    def test_can_add_a_table_that_it_has(self, account: Account) -> None:
        endpoint = create_endpoint(account)

        endpoint.modify(add=endpoint.tables, remove=[])

        assert endpoint.tables_with_route() == endpoint.route_table_ids() == set(endpoint.tables)

    def test_an_unknown_id_changes_nothing(self, account: Account) -> None:
        endpoint = create_endpoint(account)

        with pytest.raises(ClientError, match=r"InvalidRouteTableID\.NotFound"):
            endpoint.modify(add=[endpoint.tables[2]], remove=["rtb-unknown"])

        assert endpoint.tables_with_route() == endpoint.route_table_ids() == set(endpoint.tables[:2])


def create_interface_endpoint(account: Account) -> tuple[str, list[str]]:
    """An interface endpoint in the first two of three subnets. Returns its id and the subnets."""
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


def subnets_with_interface(account: Account, subnets: list[str]) -> set[str]:
    response = account.client("ec2").describe_network_interfaces(
        Filters=[{"Name": "subnet-id", "Values": subnets}]
    )
    return {each["SubnetId"] for each in response["NetworkInterfaces"]}


def move(account: Account, endpoint: str, *, add: str, remove: str) -> None:
    account.client("ec2").modify_vpc_endpoint(
        VpcEndpointId=endpoint, AddSubnetIds=[add], RemoveSubnetIds=[remove]
    )


class TestChangedInterfaceEndpoint:
    def test_keeps_its_old_interfaces_in_plain_moto(self, plain_moto: Account) -> None:
        endpoint, subnets = create_interface_endpoint(plain_moto)

        move(plain_moto, endpoint, add=subnets[2], remove=subnets[0])

        assert subnets_with_interface(plain_moto, subnets) == set(subnets[:2])

    def test_has_interfaces_in_its_new_subnets_until_it_is_deleted(self, account: Account) -> None:
        endpoint, subnets = create_interface_endpoint(account)

        move(account, endpoint, add=subnets[2], remove=subnets[0])
        moved = subnets_with_interface(account, subnets)
        account.client("ec2").delete_vpc_endpoints(VpcEndpointIds=[endpoint])

        assert moved == set(subnets[1:])
        assert subnets_with_interface(account, subnets) == set()

    def test_an_unknown_id_changes_nothing(self, account: Account) -> None:
        endpoint, subnets = create_interface_endpoint(account)

        with pytest.raises(ClientError, match=r"InvalidSubnetID\.NotFound"):
            move(account, endpoint, add="subnet-unknown", remove=subnets[0])

        [shown] = account.client("ec2").describe_vpc_endpoints(VpcEndpointIds=[endpoint])["VpcEndpoints"]
        assert shown["SubnetIds"] == subnets[:2]
