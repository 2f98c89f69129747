"""Deletions in the wrong order fail as they fail in AWS."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from tests.simulator import network
from tests.simulator.databases import create_database
from tests.simulator.instances import IMAGE, launch
from tests.simulator.network import Network
from tests.simulator.server import REGION, Account

Release = Callable[[], object]
Use = Callable[[Account, Network, str], Release]


def by_an_instance(account: Account, place: Network, group: str) -> Release:
    instance = launch(account, SubnetId=place.subnets[0], SecurityGroupIds=[group])
    return lambda: account.client("ec2").terminate_instances(InstanceIds=[instance])


def by_an_interface(account: Account, place: Network, group: str) -> Release:
    ec2 = account.client("ec2")
    made = ec2.create_network_interface(SubnetId=place.subnets[0], Groups=[group])["NetworkInterface"]
    return lambda: ec2.delete_network_interface(NetworkInterfaceId=made["NetworkInterfaceId"])


def by_an_endpoint(account: Account, place: Network, group: str) -> Release:
    ec2 = account.client("ec2")
    made = ec2.create_vpc_endpoint(
        VpcId=place.vpc,
        ServiceName=f"com.amazonaws.{REGION}.ssm",
        VpcEndpointType="Interface",
        SubnetIds=place.subnets[:1],
        SecurityGroupIds=[group],
    )["VpcEndpoint"]
    return lambda: ec2.delete_vpc_endpoints(VpcEndpointIds=[made["VpcEndpointId"]])


def by_a_load_balancer(account: Account, place: Network, group: str) -> Release:
    elbv2 = account.client("elbv2")
    [made] = elbv2.create_load_balancer(
        Name=f"lb-{uuid4().hex[:20]}", Subnets=place.subnets, SecurityGroups=[group], Scheme="internal"
    )["LoadBalancers"]
    return lambda: elbv2.delete_load_balancer(LoadBalancerArn=made["LoadBalancerArn"])


def by_a_database(account: Account, place: Network, group: str) -> Release:
    rds, name = account.client("rds"), f"group-{uuid4().hex}"
    rds.create_db_subnet_group(
        DBSubnetGroupName=name, DBSubnetGroupDescription="all", SubnetIds=place.subnets
    )
    made = create_database(account, DBSubnetGroupName=name, VpcSecurityGroupIds=[group])
    identifier = made["DBInstanceIdentifier"]
    return lambda: rds.delete_db_instance(DBInstanceIdentifier=identifier, SkipFinalSnapshot=True)


def by_a_nat_gateway(account: Account, place: Network, _group: str) -> Release:
    ec2 = account.client("ec2")
    made = ec2.create_nat_gateway(SubnetId=place.subnets[0], ConnectivityType="private")["NatGateway"]
    return lambda: ec2.delete_nat_gateway(NatGatewayId=made["NatGatewayId"])


def by_a_rule(account: Account, place: Network, group: str) -> Release:
    ec2, other = account.client("ec2"), create_group(account, place)
    rule = [{"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "UserIdGroupPairs": [{"GroupId": group}]}]
    ec2.authorize_security_group_ingress(GroupId=other, IpPermissions=rule)
    return lambda: ec2.revoke_security_group_ingress(GroupId=other, IpPermissions=rule)


USES: list[Use] = [by_an_instance, by_an_interface, by_an_endpoint, by_a_load_balancer, by_a_database]


def create_group(account: Account, place: Network) -> str:
    created = account.client("ec2").create_security_group(
        GroupName=f"group-{uuid4().hex}", Description="for a test", VpcId=place.vpc
    )
    return str(created["GroupId"])


class TestSecurityGroupInUse:
    @pytest.mark.parametrize("use", [*USES, by_a_rule])
    def test_can_be_deleted_in_plain_moto(self, plain_moto: Account, use: Use) -> None:
        place = network.create(plain_moto)
        group = create_group(plain_moto, place)
        use(plain_moto, place, group)

        plain_moto.client("ec2").delete_security_group(GroupId=group)

    @pytest.mark.parametrize("use", [*USES, by_a_rule])
    def test_cannot_be_deleted_while_in_use(self, account: Account, use: Use) -> None:
        ec2, place = account.client("ec2"), network.create(account)
        group = create_group(account, place)
        release = use(account, place, group)

        with pytest.raises(ClientError) as caught:
            ec2.delete_security_group(GroupId=group)
        release()
        ec2.delete_security_group(GroupId=group)

        assert caught.value.response["Error"]["Code"] == "DependencyViolation"
        assert caught.value.response["Error"]["Message"] == f"resource {group} has a dependent object"

    def test_can_be_deleted_if_only_its_own_rule_names_it(self, account: Account) -> None:
        ec2, group = account.client("ec2"), create_group(account, network.create(account))
        ec2.authorize_security_group_ingress(
            GroupId=group,
            IpPermissions=[{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": group}]}],
        )

        ec2.delete_security_group(GroupId=group)


class TestSubnetInUse:
    @pytest.mark.parametrize("use", [*USES, by_a_nat_gateway])
    def test_can_be_deleted_in_plain_moto(self, plain_moto: Account, use: Use) -> None:
        place = network.create(plain_moto)
        use(plain_moto, place, create_group(plain_moto, place))

        plain_moto.client("ec2").delete_subnet(SubnetId=place.subnets[0])

    @pytest.mark.parametrize("use", [*USES, by_a_nat_gateway])
    def test_cannot_be_deleted_while_in_use(self, account: Account, use: Use) -> None:
        ec2, place = account.client("ec2"), network.create(account)
        [subnet, _] = place.subnets
        release = use(account, place, create_group(account, place))

        with pytest.raises(ClientError) as caught:
            ec2.delete_subnet(SubnetId=subnet)
        release()
        ec2.delete_subnet(SubnetId=subnet)

        assert caught.value.response["Error"]["Code"] == "DependencyViolation"
        assert caught.value.response["Error"]["Message"] == (
            f"The subnet '{subnet}' has dependencies and cannot be deleted."
        )

    def test_can_be_deleted_if_the_database_is_in_another_subnet_of_its_group(self, account: Account) -> None:
        place = network.create(account)
        by_a_database(account, place, create_group(account, place))

        account.client("ec2").delete_subnet(SubnetId=place.subnets[1])


def with_a_group(account: Account, place: Network) -> Release:
    ec2, group = account.client("ec2"), create_group(account, place)
    return lambda: ec2.delete_security_group(GroupId=group)


def with_a_gateway(account: Account, place: Network) -> Release:
    ec2, gateway = account.client("ec2"), network.attach_internet_gateway(account, place)
    return lambda: ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=place.vpc)


def with_an_endpoint(account: Account, place: Network) -> Release:
    ec2 = account.client("ec2")
    made = ec2.create_vpc_endpoint(
        VpcId=place.vpc, ServiceName=f"com.amazonaws.{REGION}.s3", VpcEndpointType="Gateway"
    )["VpcEndpoint"]
    return lambda: ec2.delete_vpc_endpoints(VpcEndpointIds=[made["VpcEndpointId"]])


DEPENDENCIES = [with_a_group, with_a_gateway, with_an_endpoint]


class TestVpcWithDependencies:
    @pytest.mark.parametrize("build", DEPENDENCIES)
    def test_can_be_deleted_in_plain_moto(
        self, plain_moto: Account, build: Callable[[Account, Network], Release]
    ) -> None:
        place = network.create(plain_moto, zones="")
        build(plain_moto, place)

        plain_moto.client("ec2").delete_vpc(VpcId=place.vpc)

    @pytest.mark.parametrize("build", DEPENDENCIES)
    def test_cannot_be_deleted_before_them(
        self, account: Account, build: Callable[[Account, Network], Release]
    ) -> None:
        ec2, place = account.client("ec2"), network.create(account, zones="")
        remove = build(account, place)

        with pytest.raises(ClientError) as caught:
            ec2.delete_vpc(VpcId=place.vpc)
        remove()
        ec2.delete_vpc(VpcId=place.vpc)

        assert caught.value.response["Error"]["Code"] == "DependencyViolation"
        assert caught.value.response["Error"]["Message"] == (
            f"The vpc '{place.vpc}' has dependencies and cannot be deleted."
        )


def a_public_load_balancer(account: Account, place: Network) -> Release:
    elbv2 = account.client("elbv2")
    [made] = elbv2.create_load_balancer(Name=f"lb-{uuid4().hex[:20]}", Subnets=place.subnets)["LoadBalancers"]
    return lambda: elbv2.delete_load_balancer(LoadBalancerArn=made["LoadBalancerArn"])


def a_public_nat_gateway(account: Account, place: Network) -> Release:
    ec2 = account.client("ec2")
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    made = ec2.create_nat_gateway(SubnetId=place.subnets[0], AllocationId=address)["NatGateway"]
    return lambda: ec2.delete_nat_gateway(NatGatewayId=made["NatGatewayId"])


def a_public_instance(account: Account, place: Network) -> Release:
    interface = {"DeviceIndex": 0, "SubnetId": place.subnets[0], "AssociatePublicIpAddress": True}
    [made] = account.client("ec2").run_instances(
        ImageId=IMAGE, MinCount=1, MaxCount=1, NetworkInterfaces=[interface]
    )["Instances"]
    return lambda: account.client("ec2").terminate_instances(InstanceIds=[made["InstanceId"]])


PUBLIC_RESOURCES = [a_public_load_balancer, a_public_nat_gateway, a_public_instance]


class TestInternetGatewayWithPublicAddresses:
    @pytest.mark.parametrize("build", PUBLIC_RESOURCES)
    def test_can_be_detached_in_plain_moto(
        self, plain_moto: Account, build: Callable[[Account, Network], Release]
    ) -> None:
        place = network.create(plain_moto)
        gateway = network.attach_internet_gateway(plain_moto, place)
        build(plain_moto, place)

        plain_moto.client("ec2").detach_internet_gateway(InternetGatewayId=gateway, VpcId=place.vpc)

    @pytest.mark.parametrize("build", PUBLIC_RESOURCES)
    def test_cannot_be_detached_before_they_are_released(
        self, account: Account, build: Callable[[Account, Network], Release]
    ) -> None:
        ec2, place = account.client("ec2"), network.create(account)
        gateway = network.attach_internet_gateway(account, place)
        remove = build(account, place)

        with pytest.raises(ClientError) as caught:
            ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=place.vpc)
        remove()
        ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=place.vpc)

        assert caught.value.response["Error"]["Code"] == "DependencyViolation"
        assert caught.value.response["Error"]["Message"] == (
            f"Network {place.vpc} has some mapped public address(es). Please unmap those public address(es) "
            "before detaching the gateway."
        )

    def test_can_be_detached_if_only_another_vpc_has_public_addresses(self, account: Account) -> None:
        ec2, place, other = account.client("ec2"), network.create(account), network.create(account)
        gateway = network.attach_internet_gateway(account, place)
        network.attach_internet_gateway(account, other)
        a_public_load_balancer(account, other)

        ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=place.vpc)
