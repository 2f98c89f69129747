"""Auto Scaling groups for tests."""

from uuid import uuid4

from simulator.json_types import JsonObject
from tests.simulator.server import REGION, Account


def create_group(account: Account, *, size: int = 1, subnets: str = "", **options: object) -> str:
    ec2, name = account.client("ec2"), f"group-{uuid4().hex}"
    image = ec2.describe_images(Owners=["amazon"], Filters=[{"Name": "name", "Values": ["al2023-ami-2*"]}])[
        "Images"
    ][0]
    ec2.create_launch_template(
        LaunchTemplateName=name, LaunchTemplateData={"ImageId": image["ImageId"], "InstanceType": "t3.micro"}
    )
    account.client("autoscaling").create_auto_scaling_group(
        AutoScalingGroupName=name,
        MinSize=size,
        MaxSize=size + 1,
        LaunchTemplate={"LaunchTemplateName": name, "Version": "1"},
        **({"VPCZoneIdentifier": subnets} if subnets else {"AvailabilityZones": [f"{REGION}a"]}),
        **options,
    )
    return name


def describe(account: Account, name: str) -> JsonObject:
    [group] = account.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[name])[
        "AutoScalingGroups"
    ]
    content: JsonObject = group
    return content


def instance_ids(account: Account, name: str) -> set[str]:
    return {instance["InstanceId"] for instance in describe(account, name)["Instances"]}
