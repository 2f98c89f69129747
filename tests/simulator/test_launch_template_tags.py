from uuid import uuid4

from tests.simulator.server import Account


def told_after_a_change(account: Account) -> list[dict[str, str]]:
    """The tags that a launch template tells after it was given another one."""
    ec2 = account.client("ec2")
    made = ec2.create_launch_template(
        LaunchTemplateName=f"template-{uuid4().hex}",
        LaunchTemplateData={"InstanceType": "t3.micro"},
        TagSpecifications=[{"ResourceType": "launch-template", "Tags": [{"Key": "Team", "Value": "shop"}]}],
    )["LaunchTemplate"]["LaunchTemplateId"]
    ec2.create_tags(Resources=[made], Tags=[{"Key": "ExpiresOn", "Value": "2199-12-31"}])
    [template] = ec2.describe_launch_templates(LaunchTemplateIds=[made])["LaunchTemplates"]
    tags: list[dict[str, str]] = template["Tags"]
    return sorted(tags, key=lambda tag: tag["Key"])


class TestTagGivenToALaunchTemplateLater:
    def test_is_not_told_by_moto_alone(self, moto_alone: Account) -> None:
        assert [tag["Key"] for tag in told_after_a_change(moto_alone)] == ["Team"]

    def test_is_told_in_ours(self, account: Account) -> None:
        assert [tag["Key"] for tag in told_after_a_change(account)] == ["ExpiresOn", "Team"]
