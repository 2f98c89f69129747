from typing import Any
from uuid import uuid4

from tests.simulator.server import Account


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

        assert [entry["ResourceType"] for entry in created["data"]["TagSpecifications"]] == ["launch-template"]

    def test_stay_on_the_template_in_ours(self, account: Account) -> None:
        created = create_tagged_template(account)

        assert created["template"]["Tags"] == [{"Key": "Team", "Value": "shop"}]
        assert "TagSpecifications" not in created["data"]

    def test_leave_the_tags_of_its_instances_alone(self, account: Account) -> None:
        of_instances = {"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "app"}]}

        created = create_tagged_template(account, TagSpecifications=[of_instances])

        assert created["data"]["TagSpecifications"] == [of_instances]
