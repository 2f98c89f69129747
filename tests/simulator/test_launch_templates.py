from uuid import uuid4

import pytest
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from simulator.json_types import JsonObject
from tests.simulator.server import REGION, Account


def create_tagged_template(account: Account, **data: object) -> JsonObject:
    """Create a launch template with its own tags. Returns it and its data."""
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


class TestTagsOfLaunchTemplate:
    def test_appear_in_its_data_in_plain_moto(self, plain_moto: Account) -> None:
        created = create_tagged_template(plain_moto)

        assert [entry["ResourceType"] for entry in created["data"]["TagSpecifications"]] == [
            "launch-template"
        ]

    def test_do_not_appear_in_its_data(self, account: Account) -> None:
        created = create_tagged_template(account)

        assert created["template"]["Tags"] == [{"Key": "Team", "Value": "shop"}]
        assert "TagSpecifications" not in created["data"]

    def test_do_not_change_the_tags_of_its_instances(self, account: Account) -> None:
        instance_tags = {"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "app"}]}

        created = create_tagged_template(account, TagSpecifications=[instance_tags])

        assert created["data"]["TagSpecifications"] == [instance_tags]


def launch_second_version(account: Account) -> str:
    """Launch an instance of version 2 in a group. Returns its user data."""
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


class TestLaterVersionOfLaunchTemplate:
    def test_cannot_launch_an_instance_in_plain_moto(self, plain_moto: Account) -> None:
        with pytest.raises((ResponseParserError, ClientError), match="500"):
            launch_second_version(plain_moto)

    def test_launches_instances_with_its_user_data(self, account: Account) -> None:
        assert launch_second_version(account) == "c2Vjb25k"
