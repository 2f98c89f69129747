from typing import Any
from uuid import uuid4

import pytest

from tests.simulator import network
from tests.simulator.network import Network
from tests.simulator.server import Account


def create(account: Account, place: Network, **options: Any) -> str:
    [made] = account.client("elbv2").create_load_balancer(
        Name=f"lb-{uuid4().hex[:20]}", **{"Subnets": place.subnets, **options}
    )["LoadBalancers"]
    return str(made["LoadBalancerArn"])


class TestPublicLoadBalancer:
    def test_needs_no_way_to_the_internet_in_moto_alone(self, moto_alone: Account) -> None:
        create(moto_alone, network.create(moto_alone))

    @pytest.mark.parametrize("options", [{}, {"Scheme": "internet-facing"}, {"Subnets": [], "mapped": True}])
    def test_needs_an_internet_gateway_in_ours(self, account: Account, options: dict[str, Any]) -> None:
        place = network.create(account)
        if options.pop("mapped", False):
            options["SubnetMappings"] = [{"SubnetId": each} for each in place.subnets]

        with pytest.raises(account.client("elbv2").exceptions.InvalidSubnetException) as refused:
            create(account, place, **options)
        network.open_to_the_internet(account, place)
        create(account, place, **options)

        assert refused.value.response["Error"]["Message"] == f"VPC {place.vpc} has no internet gateway"

    def test_has_its_way_in_the_network_that_is_always_there(self, account: Account) -> None:
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
    def test_can_be_deleted_in_moto_alone(self, moto_alone: Account) -> None:
        balancer = create(moto_alone, network.create(moto_alone), Scheme="internal")
        protect(moto_alone, balancer, wanted=True)

        moto_alone.client("elbv2").delete_load_balancer(LoadBalancerArn=balancer)

    def test_is_deleted_only_without_its_protection_in_ours(self, account: Account) -> None:
        elbv2 = account.client("elbv2")
        balancer = create(account, network.create(account), Scheme="internal")
        protect(account, balancer, wanted=True)

        with pytest.raises(elbv2.exceptions.OperationNotPermittedException) as refused:
            elbv2.delete_load_balancer(LoadBalancerArn=balancer)
        protect(account, balancer, wanted=False)
        elbv2.delete_load_balancer(LoadBalancerArn=balancer)

        assert refused.value.response["Error"]["Message"] == (
            f"Load balancer '{balancer}' cannot be deleted because deletion protection is enabled"
        )
