"""A destroy that comes in the wrong order is refused, as AWS refuses it."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from tests.simulator import network
from tests.simulator.databases import create_database
from tests.simulator.instances import IMAGE, launch
from tests.simulator.network import Network
from tests.simulator.server import REGION, Account

Leave = Callable[[], object]
Use = Callable[[Account, Network, str], Leave]


def by_an_instance(account: Account, place: Network, group: str) -> Leave:
    instance = launch(account, SubnetId=place.subnets[0], SecurityGroupIds=[group])
    return lambda: account.client("ec2").terminate_instances(InstanceIds=[instance])


def by_an_interface(account: Account, place: Network, group: str) -> Leave:
    ec2 = account.client("ec2")
    made = ec2.create_network_interface(SubnetId=place.subnets[0], Groups=[group])["NetworkInterface"]
    return lambda: ec2.delete_network_interface(NetworkInterfaceId=made["NetworkInterfaceId"])


def by_an_endpoint(account: Account, place: Network, group: str) -> Leave:
    ec2 = account.client("ec2")
    made = ec2.create_vpc_endpoint(
        VpcId=place.vpc,
        ServiceName=f"com.amazonaws.{REGION}.ssm",
        VpcEndpointType="Interface",
        SubnetIds=place.subnets[:1],
        SecurityGroupIds=[group],
    )["VpcEndpoint"]
    return lambda: ec2.delete_vpc_endpoints(VpcEndpointIds=[made["VpcEndpointId"]])


def by_a_load_balancer(account: Account, place: Network, group: str) -> Leave:
    elbv2 = account.client("elbv2")
    [made] = elbv2.create_load_balancer(
        Name=f"lb-{uuid4().hex[:20]}", Subnets=place.subnets, SecurityGroups=[group], Scheme="internal"
    )["LoadBalancers"]
    return lambda: elbv2.delete_load_balancer(LoadBalancerArn=made["LoadBalancerArn"])


def by_a_database(account: Account, place: Network, group: str) -> Leave:
    rds, name = account.client("rds"), f"group-{uuid4().hex}"
    rds.create_db_subnet_group(
        DBSubnetGroupName=name, DBSubnetGroupDescription="all", SubnetIds=place.subnets
    )
    made = create_database(account, DBSubnetGroupName=name, VpcSecurityGroupIds=[group])
    identifier = made["DBInstanceIdentifier"]
    return lambda: rds.delete_db_instance(DBInstanceIdentifier=identifier, SkipFinalSnapshot=True)


def by_a_nat_gateway(account: Account, place: Network, _group: str) -> Leave:
    ec2 = account.client("ec2")
    made = ec2.create_nat_gateway(SubnetId=place.subnets[0], ConnectivityType="private")["NatGateway"]
    return lambda: ec2.delete_nat_gateway(NatGatewayId=made["NatGatewayId"])


def by_a_rule(account: Account, place: Network, group: str) -> Leave:
    ec2, other = account.client("ec2"), create_group(account, place)
    rule = [{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "UserIdGroupPairs": [{"GroupId": group}]}]
    ec2.authorize_security_group_ingress(GroupId=other, IpPermissions=rule)
    return lambda: ec2.revoke_security_group_ingress(GroupId=other, IpPermissions=rule)


EVERYWHERE: list[Use] = [by_an_instance, by_an_interface, by_an_endpoint, by_a_load_balancer, by_a_database]


def create_group(account: Account, place: Network) -> str:
    created = account.client("ec2").create_security_group(
        GroupName=f"group-{uuid4().hex}", Description="for a test", VpcId=place.vpc
    )
    return str(created["GroupId"])


class TestSecurityGroupInUse:
    @pytest.mark.parametrize("use", [*EVERYWHERE, by_a_rule])
    def test_can_be_deleted_in_moto_alone(self, moto_alone: Account, use: Use) -> None:
        place = network.create(moto_alone)
        group = create_group(moto_alone, place)
        use(moto_alone, place, group)

        moto_alone.client("ec2").delete_security_group(GroupId=group)

    @pytest.mark.parametrize("use", [*EVERYWHERE, by_a_rule])
    def test_is_deleted_only_after_its_use_in_ours(self, account: Account, use: Use) -> None:
        ec2, place = account.client("ec2"), network.create(account)
        group = create_group(account, place)
        leave = use(account, place, group)

        with pytest.raises(ClientError) as refused:
            ec2.delete_security_group(GroupId=group)
        leave()
        ec2.delete_security_group(GroupId=group)

        assert refused.value.response["Error"]["Code"] == "DependencyViolation"
        assert refused.value.response["Error"]["Message"] == f"resource {group} has a dependent object"

    def test_is_not_held_by_its_own_rule(self, account: Account) -> None:
        ec2, group = account.client("ec2"), create_group(account, network.create(account))
        ec2.authorize_security_group_ingress(
            GroupId=group,
            IpPermissions=[{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group}]}],
        )

        ec2.delete_security_group(GroupId=group)


class TestSubnetInUse:
    @pytest.mark.parametrize("use", [*EVERYWHERE, by_a_nat_gateway])
    def test_can_be_deleted_in_moto_alone(self, moto_alone: Account, use: Use) -> None:
        place = network.create(moto_alone)
        use(moto_alone, place, create_group(moto_alone, place))

        moto_alone.client("ec2").delete_subnet(SubnetId=place.subnets[0])

    @pytest.mark.parametrize("use", [*EVERYWHERE, by_a_nat_gateway])
    def test_is_deleted_only_after_its_use_in_ours(self, account: Account, use: Use) -> None:
        ec2, place = account.client("ec2"), network.create(account)
        [subnet, _] = place.subnets
        leave = use(account, place, create_group(account, place))

        with pytest.raises(ClientError) as refused:
            ec2.delete_subnet(SubnetId=subnet)
        leave()
        ec2.delete_subnet(SubnetId=subnet)

        assert refused.value.response["Error"]["Code"] == "DependencyViolation"
        assert refused.value.response["Error"]["Message"] == (
            f"The subnet '{subnet}' has dependencies and cannot be deleted."
        )

    def test_is_not_held_by_a_database_in_another_one_of_its_group(self, account: Account) -> None:
        place = network.create(account)
        by_a_database(account, place, create_group(account, place))

        account.client("ec2").delete_subnet(SubnetId=place.subnets[1])


def with_a_group(account: Account, place: Network) -> Leave:
    ec2, group = account.client("ec2"), create_group(account, place)
    return lambda: ec2.delete_security_group(GroupId=group)


def with_a_gateway(account: Account, place: Network) -> Leave:
    ec2, gateway = account.client("ec2"), network.open_to_the_internet(account, place)
    return lambda: ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=place.vpc)


def with_an_endpoint(account: Account, place: Network) -> Leave:
    ec2 = account.client("ec2")
    made = ec2.create_vpc_endpoint(
        VpcId=place.vpc, ServiceName=f"com.amazonaws.{REGION}.s3", VpcEndpointType="Gateway"
    )["VpcEndpoint"]
    return lambda: ec2.delete_vpc_endpoints(VpcEndpointIds=[made["VpcEndpointId"]])


PARTS = [with_a_group, with_a_gateway, with_an_endpoint]


class TestVpcWithParts:
    @pytest.mark.parametrize("build", PARTS)
    def test_can_be_deleted_in_moto_alone(
        self, moto_alone: Account, build: Callable[[Account, Network], Leave]
    ) -> None:
        place = network.create(moto_alone, zones="")
        build(moto_alone, place)

        moto_alone.client("ec2").delete_vpc(VpcId=place.vpc)

    @pytest.mark.parametrize("build", PARTS)
    def test_is_deleted_only_after_them_in_ours(
        self, account: Account, build: Callable[[Account, Network], Leave]
    ) -> None:
        ec2, place = account.client("ec2"), network.create(account, zones="")
        take_down = build(account, place)

        with pytest.raises(ClientError) as refused:
            ec2.delete_vpc(VpcId=place.vpc)
        take_down()
        ec2.delete_vpc(VpcId=place.vpc)

        assert refused.value.response["Error"]["Code"] == "DependencyViolation"
        assert refused.value.response["Error"]["Message"] == (
            f"The vpc '{place.vpc}' has dependencies and cannot be deleted."
        )


def a_public_load_balancer(account: Account, place: Network) -> Leave:
    elbv2 = account.client("elbv2")
    [made] = elbv2.create_load_balancer(Name=f"lb-{uuid4().hex[:20]}", Subnets=place.subnets)["LoadBalancers"]
    return lambda: elbv2.delete_load_balancer(LoadBalancerArn=made["LoadBalancerArn"])


def a_public_nat_gateway(account: Account, place: Network) -> Leave:
    ec2 = account.client("ec2")
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    made = ec2.create_nat_gateway(SubnetId=place.subnets[0], AllocationId=address)["NatGateway"]
    return lambda: ec2.delete_nat_gateway(NatGatewayId=made["NatGatewayId"])


def a_public_instance(account: Account, place: Network) -> Leave:
    interface = {"DeviceIndex": 0, "SubnetId": place.subnets[0], "AssociatePublicIpAddress": True}
    [made] = account.client("ec2").run_instances(
        ImageId=IMAGE, MinCount=1, MaxCount=1, NetworkInterfaces=[interface]
    )["Instances"]
    return lambda: account.client("ec2").terminate_instances(InstanceIds=[made["InstanceId"]])


WITH_ADDRESSES = [a_public_load_balancer, a_public_nat_gateway, a_public_instance]


class TestInternetGatewayOfPublicAddresses:
    @pytest.mark.parametrize("build", WITH_ADDRESSES)
    def test_can_be_detached_in_moto_alone(
        self, moto_alone: Account, build: Callable[[Account, Network], Leave]
    ) -> None:
        place = network.create(moto_alone)
        gateway = network.open_to_the_internet(moto_alone, place)
        build(moto_alone, place)

        moto_alone.client("ec2").detach_internet_gateway(InternetGatewayId=gateway, VpcId=place.vpc)

    @pytest.mark.parametrize("build", WITH_ADDRESSES)
    def test_is_detached_only_after_them_in_ours(
        self, account: Account, build: Callable[[Account, Network], Leave]
    ) -> None:
        ec2, place = account.client("ec2"), network.create(account)
        gateway = network.open_to_the_internet(account, place)
        take_down = build(account, place)

        with pytest.raises(ClientError) as refused:
            ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=place.vpc)
        take_down()
        ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=place.vpc)

        assert refused.value.response["Error"]["Code"] == "DependencyViolation"
        assert refused.value.response["Error"]["Message"] == (
            f"Network {place.vpc} has some mapped public address(es). Please unmap those public address(es) "
            "before detaching the gateway."
        )

    def test_is_not_held_by_those_of_another_network(self, account: Account) -> None:
        ec2, place, other = account.client("ec2"), network.create(account), network.create(account)
        gateway = network.open_to_the_internet(account, place)
        network.open_to_the_internet(account, other)
        a_public_load_balancer(account, other)

        ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=place.vpc)
