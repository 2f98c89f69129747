from uuid import uuid4

from tests.simulator.server import Account


def tags_after_a_change(account: Account) -> list[dict[str, str]]:
    """The tags of a launch template after one was added."""
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


class TestTagAddedToLaunchTemplate:
    def test_is_missing_in_plain_moto(self, plain_moto: Account) -> None:
        assert [tag["Key"] for tag in tags_after_a_change(plain_moto)] == ["Team"]

    def test_is_returned(self, account: Account) -> None:
        assert [tag["Key"] for tag in tags_after_a_change(account)] == ["ExpiresOn", "Team"]
