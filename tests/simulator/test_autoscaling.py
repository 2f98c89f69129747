import pytest

from simulator.json_types import JsonObject
from tests.simulator import network
from tests.simulator.groups import create_group, describe, instance_ids
from tests.simulator.server import REGION, Account


def track_target(account: Account, name: str) -> JsonObject:
    autoscaling = account.client("autoscaling")
    autoscaling.put_scaling_policy(
        AutoScalingGroupName=name,
        PolicyName="half-load",
        PolicyType="TargetTrackingScaling",
        TargetTrackingConfiguration={
            "PredefinedMetricSpecification": {"PredefinedMetricType": "ASGAverageCPUUtilization"},
            "TargetValue": 50.0,
        },
    )
    [policy] = autoscaling.describe_policies(AutoScalingGroupName=name)["ScalingPolicies"]
    content: JsonObject = policy
    return content


MAINTENANCE = {"MinHealthyPercentage": 100, "MaxHealthyPercentage": 110}


class TestWarmUpAndMaintenancePolicy:
    def test_are_not_stored_by_plain_moto(self, plain_moto: Account) -> None:
        name = create_group(plain_moto, DefaultInstanceWarmup=45, InstanceMaintenancePolicy=MAINTENANCE)

        group = describe(plain_moto, name)

        assert "DefaultInstanceWarmup" not in group
        assert "InstanceMaintenancePolicy" not in group

    def test_are_stored(self, account: Account) -> None:
        name = create_group(account, DefaultInstanceWarmup=45, InstanceMaintenancePolicy=MAINTENANCE)

        group = describe(account, name)

        assert group["DefaultInstanceWarmup"] == 45
        assert group["InstanceMaintenancePolicy"] == MAINTENANCE

    def test_can_be_updated(self, account: Account) -> None:
        name = create_group(account, DefaultInstanceWarmup=45)

        account.client("autoscaling").update_auto_scaling_group(
            AutoScalingGroupName=name, DefaultInstanceWarmup=0, InstanceMaintenancePolicy=MAINTENANCE
        )

        group = describe(account, name)
        assert group["DefaultInstanceWarmup"] == 0
        assert group["InstanceMaintenancePolicy"] == MAINTENANCE


class TestScalingPolicy:
    def test_is_disabled_and_has_a_predictive_configuration_in_plain_moto(self, plain_moto: Account) -> None:
        policy = track_target(plain_moto, create_group(plain_moto))

        assert not policy.get("Enabled")
        assert "PredictiveScalingConfiguration" in policy

    def test_is_enabled_and_as_requested(self, account: Account) -> None:
        policy = track_target(account, create_group(account))

        assert policy["Enabled"] is True
        assert "PredictiveScalingConfiguration" not in policy


def launch_two_in_two_subnets(account: Account) -> tuple[set[str], set[str]]:
    """The two subnets of a group with two instances, and the subnets of the instances."""
    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.40.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.40.{number}.0/24", AvailabilityZone=f"{REGION}{zone}")[
            "Subnet"
        ]
        for number, zone in enumerate("ac")
    ]
    name = create_group(account, size=2, subnets=",".join(subnet["SubnetId"] for subnet in subnets))
    reservations = ec2.describe_instances(InstanceIds=sorted(instance_ids(account, name)))["Reservations"]
    instances = [instance for reservation in reservations for instance in reservation["Instances"]]
    zones = {subnet["SubnetId"]: subnet["AvailabilityZone"] for subnet in subnets}
    assert all(zones[each["SubnetId"]] == each["Placement"]["AvailabilityZone"] for each in instances)
    return set(zones), {instance["SubnetId"] for instance in instances}


class TestInstancesOfGroup:
    def test_are_all_in_one_subnet_in_plain_moto(self, plain_moto: Account) -> None:
        _, used = launch_two_in_two_subnets(plain_moto)

        assert len(used) == 1

    def test_are_in_every_subnet(self, account: Account) -> None:
        subnets, used = launch_two_in_two_subnets(account)

        assert used == subnets

    @pytest.mark.parametrize(("which", "shown"), [("plain_moto", "1"), ("account", "2")])
    def test_have_the_launch_template_version_of_their_launch_except_in_plain_moto(
        self, request: pytest.FixtureRequest, which: str, shown: str
    ) -> None:
        tested: Account = request.getfixturevalue(which)
        name = create_group(tested)
        tested.client("ec2").create_launch_template_version(
            LaunchTemplateName=name,
            SourceVersion="1",
            LaunchTemplateData={"ImageId": "ami-0f1b193e4899d91a2", "InstanceType": "t3.small"},
        )

        tested.client("autoscaling").update_auto_scaling_group(
            AutoScalingGroupName=name,
            DesiredCapacity=2,
            LaunchTemplate={"LaunchTemplateName": name, "Version": "2"},
        )

        newest = describe(tested, name)["Instances"][-1]
        assert newest["InstanceType"] == "t3.small"
        assert newest["LaunchTemplate"]["Version"] == shown

    @pytest.mark.parametrize(("which", "tokens"), [("plain_moto", "optional"), ("account", "required")])
    def test_have_the_metadata_options_of_their_version_except_in_plain_moto(
        self, request: pytest.FixtureRequest, which: str, tokens: str
    ) -> None:
        tested: Account = request.getfixturevalue(which)
        name, ec2 = create_group(tested), tested.client("ec2")
        metadata_options = {"HttpTokens": "required", "HttpPutResponseHopLimit": 2}
        ec2.create_launch_template_version(
            LaunchTemplateName=name,
            SourceVersion="1",
            LaunchTemplateData={"ImageId": "ami-0f1b193e4899d91a2", "MetadataOptions": metadata_options},
        )
        before = instance_ids(tested, name)

        tested.client("autoscaling").update_auto_scaling_group(
            AutoScalingGroupName=name,
            DesiredCapacity=2,
            LaunchTemplate={"LaunchTemplateName": name, "Version": "2"},
        )

        assert set(metadata_tokens(tested, before)) == {"optional"}
        assert metadata_tokens(tested, instance_ids(tested, name) - before) == [tokens]


class TestRemovedSubnet:
    def test_keeps_its_instances_in_plain_moto(self, plain_moto: Account) -> None:
        # moto launches all of them in the first subnet.
        place = network.create(plain_moto, zones="ca")
        name = create_group(plain_moto, size=2, subnets=",".join(place.subnets))

        set_subnets(plain_moto, name, to=place.subnets[1])

        assert set(subnets_of_instances(plain_moto, name).values()) == {place.subnets[0]}

    def test_its_instances_are_replaced_and_it_can_be_deleted(self, account: Account) -> None:
        place = network.create(account, zones="abc")
        name = create_group(account, size=3, subnets=",".join(place.subnets))
        staying = {
            each for each, subnet in subnets_of_instances(account, name).items() if subnet != place.subnets[2]
        }

        set_subnets(account, name, to=",".join(place.subnets[:2]))

        now = subnets_of_instances(account, name)
        assert len(now) == 3
        assert staying <= set(now)
        assert set(now.values()) == set(place.subnets[:2])
        account.client("ec2").delete_subnet(SubnetId=place.subnets[2])


def set_subnets(account: Account, name: str, *, to: str) -> None:
    account.client("autoscaling").update_auto_scaling_group(AutoScalingGroupName=name, VPCZoneIdentifier=to)


def subnets_of_instances(account: Account, name: str) -> dict[str, str]:
    """The subnet of each instance of the group, by instance id."""
    found = account.client("ec2").describe_instances(InstanceIds=sorted(instance_ids(account, name)))
    return {
        each["InstanceId"]: each["SubnetId"]
        for reservation in found["Reservations"]
        for each in reservation["Instances"]
    }


def metadata_tokens(account: Account, instances: set[str]) -> list[str]:
    reservations = account.client("ec2").describe_instances(InstanceIds=sorted(instances))["Reservations"]
    return [
        instance["MetadataOptions"]["HttpTokens"]
        for reservation in reservations
        for instance in reservation["Instances"]
    ]
