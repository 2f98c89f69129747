"""Compares an environment's resources in the simulated account with those in Terraform's state."""

import json
from collections.abc import Iterator
from typing import Any

import boto3

from tests.support.demo_process import Demo

REGION = "ap-northeast-2"
# Terraform's type: the call that lists it, the list in its answer, the id in each.
_OF_EC2 = {
    "aws_vpc": ("describe_vpcs", "Vpcs", "VpcId"),
    "aws_subnet": ("describe_subnets", "Subnets", "SubnetId"),
    "aws_eip": ("describe_addresses", "Addresses", "AllocationId"),
    "aws_internet_gateway": ("describe_internet_gateways", "InternetGateways", "InternetGatewayId"),
    "aws_launch_template": ("describe_launch_templates", "LaunchTemplates", "LaunchTemplateId"),
}
_BY_NAME = {
    "aws_db_instance": ("rds", "describe_db_instances", "DBInstances", "DBInstanceIdentifier", "identifier"),
    "aws_lb": ("elbv2", "describe_load_balancers", "LoadBalancers", "LoadBalancerName", "name"),
    "aws_autoscaling_group": (
        "autoscaling", "describe_auto_scaling_groups", "AutoScalingGroups", "AutoScalingGroupName", "name",
    ),
}  # fmt: skip


def violations(demo: Demo, name: str) -> Iterator[str]:
    """Locks that are left, and resources that are only in the account or only in the state."""
    s3 = _client(demo, "s3")
    (bucket,) = [one["Name"] for one in s3.list_buckets()["Buckets"] if "state" in one["Name"]]
    keys = [one["Key"] for one in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
    yield from (f"a lock is left: {key}" for key in keys if key.endswith(".tflock"))
    states = [
        json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read()) for key in keys if _is_state(key)
    ]
    mine = next(state for state in states if f'"{name}"' in json.dumps(state))
    yield from _compared(demo, name, mine)


def _is_state(key: str) -> bool:
    return key.endswith("terraform.tfstate")


def _compared(demo: Demo, name: str, state: dict[str, Any]) -> Iterator[str]:
    ec2, tagged = _client(demo, "ec2"), [{"Name": "tag:Environment", "Values": [name]}]
    for kind, (call, listed, key) in _OF_EC2.items():
        there = sorted(one[key] for one in getattr(ec2, call)(Filters=tagged)[listed])
        yield from _difference(kind, there, _in(state, kind, "id"))
    for kind, (service, call, listed, key, attribute) in _BY_NAME.items():
        found = getattr(_client(demo, service), call)()[listed]
        there = sorted(one[key] for one in found if name in one[key])
        yield from _difference(kind, there, _in(state, kind, attribute))


def _difference(kind: str, there: list[str], in_state: list[str]) -> Iterator[str]:
    if there != in_state or not there:
        yield f"{kind}: the account has {there}, the state {in_state}"


def _in(state: dict[str, Any], kind: str, attribute: str) -> list[str]:
    managed = [one for one in state["resources"] if one["type"] == kind and one["mode"] == "managed"]
    return sorted(each["attributes"][attribute] for one in managed for each in one["instances"])


def _client(demo: Demo, service: str) -> Any:
    # The type checker needs a literal service name.
    make: Any = boto3.client
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    return make(service, endpoint_url=demo.described()["aws_endpoint"], region_name=REGION, **keys)
