from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from tests.simulator.server import REGION, Account


def create_tagged_template(account: Account, **data: Any) -> dict[str, Any]:
    """The stored data of a launch template that has tags itself."""
    ec2 = account.client("ec2")
    template = ec2.create_launch_template(
        LaunchTemplateName=f"template-{uuid4().hex}",
        LaunchTemplateData={"InstanceType": "t3.micro", **data},
        TagSpecifications=[{"ResourceType": "launch-template", "Tags": [{"Key": "Team", "Value": "shop"}]}],
    )["LaunchTemplate"]
    [version] = ec2.describe_launch_template_versions(LaunchTemplateId=template["LaunchTemplateId"])[
        "LaunchTemplateVersions"
    ]
    return {"template": template, "data": version["LaunchTemplateData"]}


class TestTagsOfALaunchTemplate:
    def test_leak_into_its_data_in_moto_alone(self, moto_alone: Account) -> None:
        created = create_tagged_template(moto_alone)

        assert [entry["ResourceType"] for entry in created["data"]["TagSpecifications"]] == [
            "launch-template"
        ]

    def test_stay_on_the_template_in_ours(self, account: Account) -> None:
        created = create_tagged_template(account)

        assert created["template"]["Tags"] == [{"Key": "Team", "Value": "shop"}]
        assert "TagSpecifications" not in created["data"]

    def test_leave_the_tags_of_its_instances_alone(self, account: Account) -> None:
        of_instances = {"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "app"}]}

        created = create_tagged_template(account, TagSpecifications=[of_instances])

        assert created["data"]["TagSpecifications"] == [of_instances]


def start_second_version(account: Account) -> str:
    """The user data of an instance that a group started from version 2."""
    ec2, autoscaling, name = account.client("ec2"), account.client("autoscaling"), f"template-{uuid4().hex}"
    for number, data in enumerate(("Zmlyc3Q=", "c2Vjb25k")):
        create = ec2.create_launch_template_version if number else ec2.create_launch_template
        create(
            LaunchTemplateName=name,
            LaunchTemplateData={
                "ImageId": "ami-0f1b193e4899d91a2",
                "InstanceType": "t3.micro",
                "UserData": data,
            },
        )
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName=name,
        MinSize=1,
        MaxSize=1,
        AvailabilityZones=[f"{REGION}a"],
        LaunchTemplate={"LaunchTemplateName": name, "Version": "2"},
    )
    [group] = autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])["AutoScalingGroups"]
    instance = group["Instances"][0]["InstanceId"]
    attribute = ec2.describe_instance_attribute(InstanceId=instance, Attribute="userData")
    return str(attribute["UserData"]["Value"])


class TestLaterVersionOfALaunchTemplate:
    def test_cannot_start_an_instance_in_moto_alone(self, moto_alone: Account) -> None:
        with pytest.raises((ResponseParserError, ClientError), match="500"):
            start_second_version(moto_alone)

    def test_starts_instances_with_its_own_user_data_in_ours(self, account: Account) -> None:
        assert start_second_version(account) == "c2Vjb25k"
