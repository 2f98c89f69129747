from uuid import uuid4

import pytest

from simulator.json_types import JsonObject
from tests.simulator import network
from tests.simulator.network import Network
from tests.simulator.server import Account


def create(account: Account, place: Network, **options: object) -> str:
    [made] = account.client("elbv2").create_load_balancer(
        Name=f"lb-{uuid4().hex[:20]}", **{"Subnets": place.subnets, **options}
    )["LoadBalancers"]
    return str(made["LoadBalancerArn"])


class TestPublicLoadBalancer:
    def test_needs_no_internet_gateway_in_plain_moto(self, plain_moto: Account) -> None:
        create(plain_moto, network.create(plain_moto))

    @pytest.mark.parametrize("options", [{}, {"Scheme": "internet-facing"}, {"Subnets": [], "mapped": True}])
    def test_needs_an_internet_gateway(self, account: Account, options: JsonObject) -> None:
        place = network.create(account)
        if options.pop("mapped", False):
            options["SubnetMappings"] = [{"SubnetId": each} for each in place.subnets]

        with pytest.raises(account.client("elbv2").exceptions.InvalidSubnetException) as caught:
            create(account, place, **options)
        network.attach_internet_gateway(account, place)
        create(account, place, **options)

        assert caught.value.response["Error"]["Message"] == f"VPC {place.vpc} has no internet gateway"

    def test_can_be_created_in_the_default_vpc(self, account: Account) -> None:
        subnets = account.client("ec2").describe_subnets(
            Filters=[{"Name": "default-for-az", "Values": ["true"]}]
        )["Subnets"]

        create(account, Network(subnets[0]["VpcId"], [each["SubnetId"] for each in subnets]))


class TestInternalLoadBalancer:
    def test_needs_no_internet_gateway(self, account: Account) -> None:
        create(account, network.create(account), Scheme="internal")


def protect(account: Account, balancer: str, *, wanted: bool) -> None:
    account.client("elbv2").modify_load_balancer_attributes(
        LoadBalancerArn=balancer,
        Attributes=[{"Key": "deletion_protection.enabled", "Value": str(wanted).lower()}],
    )


class TestProtectedLoadBalancer:
    def test_can_be_deleted_in_plain_moto(self, plain_moto: Account) -> None:
        balancer = create(plain_moto, network.create(plain_moto), Scheme="internal")
        protect(plain_moto, balancer, wanted=True)

        plain_moto.client("elbv2").delete_load_balancer(LoadBalancerArn=balancer)

    def test_can_be_deleted_only_without_protection(self, account: Account) -> None:
        elbv2 = account.client("elbv2")
        balancer = create(account, network.create(account), Scheme="internal")
        protect(account, balancer, wanted=True)

        with pytest.raises(elbv2.exceptions.OperationNotPermittedException) as caught:
            elbv2.delete_load_balancer(LoadBalancerArn=balancer)
        protect(account, balancer, wanted=False)
        elbv2.delete_load_balancer(LoadBalancerArn=balancer)

        assert caught.value.response["Error"]["Message"] == (
            f"Load balancer '{balancer}' cannot be deleted because deletion protection is enabled"
        )
