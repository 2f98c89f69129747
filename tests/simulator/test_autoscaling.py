from typing import Any

import pytest

from tests.simulator import network
from tests.simulator.groups import create_group, describe, instance_ids
from tests.simulator.server import REGION, Account


def track_target(account: Account, name: str) -> dict[str, Any]:
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
    content: dict[str, Any] = policy
    return content


MAINTENANCE = {"MinHealthyPercentage": 100, "MaxHealthyPercentage": 110}


class TestWarmUpAndMaintenancePolicy:
    def test_are_forgotten_by_moto_alone(self, moto_alone: Account) -> None:
        name = create_group(moto_alone, DefaultInstanceWarmup=45, InstanceMaintenancePolicy=MAINTENANCE)

        group = describe(moto_alone, name)

        assert "DefaultInstanceWarmup" not in group
        assert "InstanceMaintenancePolicy" not in group

    def test_are_kept_by_ours(self, account: Account) -> None:
        name = create_group(account, DefaultInstanceWarmup=45, InstanceMaintenancePolicy=MAINTENANCE)

        group = describe(account, name)

        assert group["DefaultInstanceWarmup"] == 45
        assert group["InstanceMaintenancePolicy"] == MAINTENANCE

    def test_follow_an_update_in_ours(self, account: Account) -> None:
        name = create_group(account, DefaultInstanceWarmup=45)

        account.client("autoscaling").update_auto_scaling_group(
            AutoScalingGroupName=name, DefaultInstanceWarmup=0, InstanceMaintenancePolicy=MAINTENANCE
        )

        group = describe(account, name)
        assert group["DefaultInstanceWarmup"] == 0
        assert group["InstanceMaintenancePolicy"] == MAINTENANCE


class TestScalingPolicy:
    def test_is_off_and_half_predictive_in_moto_alone(self, moto_alone: Account) -> None:
        policy = track_target(moto_alone, create_group(moto_alone))

        assert not policy.get("Enabled")
        assert "PredictiveScalingConfiguration" in policy

    def test_is_on_and_only_what_was_asked_for_in_ours(self, account: Account) -> None:
        policy = track_target(account, create_group(account))

        assert policy["Enabled"] is True
        assert "PredictiveScalingConfiguration" not in policy


def subnets_of_group_of_two(account: Account) -> tuple[set[str], set[str]]:
    """The subnets a group was given, and the ones its two instances stand in."""
    ec2 = account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.40.0.0/16")["Vpc"]["VpcId"]
    given = [
        ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.40.{number}.0/24", AvailabilityZone=f"{REGION}{zone}")[
            "Subnet"
        ]
        for number, zone in enumerate("ac")
    ]
    name = create_group(account, size=2, subnets=",".join(subnet["SubnetId"] for subnet in given))
    reservations = ec2.describe_instances(InstanceIds=sorted(instance_ids(account, name)))["Reservations"]
    instances = [instance for reservation in reservations for instance in reservation["Instances"]]
    zones = {subnet["SubnetId"]: subnet["AvailabilityZone"] for subnet in given}
    assert all(zones[each["SubnetId"]] == each["Placement"]["AvailabilityZone"] for each in instances)
    return set(zones), {instance["SubnetId"] for instance in instances}


class TestInstancesOfAGroup:
    def test_all_stand_in_one_subnet_in_moto_alone(self, moto_alone: Account) -> None:
        _, taken = subnets_of_group_of_two(moto_alone)

        assert len(taken) == 1

    def test_stand_in_every_subnet_in_ours(self, account: Account) -> None:
        given, taken = subnets_of_group_of_two(account)

        assert taken == given

    @pytest.mark.parametrize(("which", "shown"), [("moto_alone", "1"), ("account", "2")])
    def test_show_the_version_they_came_from_in_ours_only(
        self, request: pytest.FixtureRequest, which: str, shown: str
    ) -> None:
        asked: Account = request.getfixturevalue(which)
        name = create_group(asked)
        asked.client("ec2").create_launch_template_version(
            LaunchTemplateName=name,
            SourceVersion="1",
            LaunchTemplateData={"ImageId": "ami-0f1b193e4899d91a2", "InstanceType": "t3.small"},
        )

        asked.client("autoscaling").update_auto_scaling_group(
            AutoScalingGroupName=name,
            DesiredCapacity=2,
            LaunchTemplate={"LaunchTemplateName": name, "Version": "2"},
        )

        newest = describe(asked, name)["Instances"][-1]
        assert newest["InstanceType"] == "t3.small"
        assert newest["LaunchTemplate"]["Version"] == shown

    @pytest.mark.parametrize(("which", "tokens"), [("moto_alone", "optional"), ("account", "required")])
    def test_guard_their_metadata_as_their_version_says_in_ours_only(
        self, request: pytest.FixtureRequest, which: str, tokens: str
    ) -> None:
        asked: Account = request.getfixturevalue(which)
        name, ec2 = create_group(asked), asked.client("ec2")
        guarded = {"HttpTokens": "required", "HttpPutResponseHopLimit": 2}
        ec2.create_launch_template_version(
            LaunchTemplateName=name,
            SourceVersion="1",
            LaunchTemplateData={"ImageId": "ami-0f1b193e4899d91a2", "MetadataOptions": guarded},
        )
        before = instance_ids(asked, name)

        asked.client("autoscaling").update_auto_scaling_group(
            AutoScalingGroupName=name,
            DesiredCapacity=2,
            LaunchTemplate={"LaunchTemplateName": name, "Version": "2"},
        )

        assert set(metadata_tokens(asked, before)) == {"optional"}
        assert metadata_tokens(asked, instance_ids(asked, name) - before) == [tokens]


class TestASubnetThatIsGivenUp:
    def test_keeps_its_instance_in_moto_alone(self, moto_alone: Account) -> None:
        # moto puts all of them into the first subnet.
        place = network.create(moto_alone, zones="ca")
        name = create_group(moto_alone, size=2, subnets=",".join(place.subnets))

        narrow(moto_alone, name, to=place.subnets[1])

        assert set(placed(moto_alone, name).values()) == {place.subnets[0]}

    def test_is_left_for_the_others_in_ours_and_can_be_deleted(self, account: Account) -> None:
        place = network.create(account, zones="abc")
        name = create_group(account, size=3, subnets=",".join(place.subnets))
        stays = {each for each, subnet in placed(account, name).items() if subnet != place.subnets[2]}

        narrow(account, name, to=",".join(place.subnets[:2]))

        now = placed(account, name)
        assert len(now) == 3
        assert stays <= set(now)
        assert set(now.values()) == set(place.subnets[:2])
        account.client("ec2").delete_subnet(SubnetId=place.subnets[2])


def narrow(account: Account, name: str, *, to: str) -> None:
    account.client("autoscaling").update_auto_scaling_group(AutoScalingGroupName=name, VPCZoneIdentifier=to)


def placed(account: Account, name: str) -> dict[str, str]:
    """The subnet of each instance of the group."""
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
