"""The three-tier blueprint is built, planned again and destroyed through the portal."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from tests.support import demo_process

NAME = "t1"
WAIT_SECONDS = 600
REGION = "ap-northeast-2"


@pytest.fixture(scope="module")
def built(demo: demo_process.Demo) -> str:
    """The output of `manage.py order --wait`."""
    done = demo.manage("order", "three_tier", "--name", NAME, "--as", "alice", "--wait", timeout=WAIT_SECONDS)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class TestThreeTierEnvironment:
    def test_is_built_with_its_events_shown(self, built: str) -> None:
        assert "aws_db_instance.this: Creation complete" in built
        assert "Apply complete!" in built

    @pytest.mark.usefixtures("built")
    def test_keeps_its_state_in_a_versioned_encrypted_private_bucket(self, demo: demo_process.Demo) -> None:
        s3 = _client(demo, "s3")
        (bucket,) = [one["Name"] for one in s3.list_buckets()["Buckets"] if "state" in one["Name"]]

        versions = s3.list_object_versions(Bucket=bucket)["Versions"]

        states = [one for one in versions if one["Key"].endswith("terraform.tfstate")]
        assert states
        assert all(one["VersionId"] != "null" for one in states)
        assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
        assert s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
        block = s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
        assert all(block.values())
        assert not [one for one in _keys(s3, bucket) if one.endswith(".tflock")]

    @pytest.mark.usefixtures("built")
    def test_is_unchanged_by_a_second_plan(self, demo: demo_process.Demo) -> None:
        done = demo.manage("change", NAME, "--as", "alice", "--wait", timeout=WAIT_SECONDS)

        assert done.returncode == 0, done.stdout + done.stderr
        assert "No changes." in done.stdout

    @pytest.mark.usefixtures("built")
    def test_shows_its_resources_but_no_secret(self, demo: demo_process.Demo) -> None:
        shown = demo.manage("state", NAME, "--as", "alice").stdout

        assert "aws_db_instance.this" in shown
        assert "P@55w0rd!" not in shown

    @pytest.mark.usefixtures("built")
    def test_leaves_nothing_after_a_destroy(self, demo: demo_process.Demo) -> None:
        before = " ".join(_remaining_resources(demo))
        assert all(kind in before for kind in ("vpc-", "eipalloc-", "subnet-", "db-", "lb-", "app-", "rds!"))

        done = demo.manage("destroy", NAME, "--as", "alice", "--wait", timeout=WAIT_SECONDS)

        assert done.returncode == 0, done.stdout + done.stderr
        assert list(_remaining_resources(demo)) == []


def _client(demo: demo_process.Demo, service: str) -> Any:
    # The type checker needs a literal service name.
    make: Any = boto3.client
    return make(
        service,
        endpoint_url=demo.described()["aws_endpoint"],
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def _keys(s3: Any, bucket: str) -> list[str]:
    return [one["Key"] for one in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


def _remaining_resources(demo: demo_process.Demo) -> Iterator[str]:
    """Resources of the environment that exist in the account."""
    ec2 = _client(demo, "ec2")
    mine = [{"Name": "tag:Environment", "Values": [NAME]}]
    yield from (vpc["VpcId"] for vpc in ec2.describe_vpcs(Filters=mine)["Vpcs"])
    yield from (one["AllocationId"] for one in ec2.describe_addresses(Filters=mine)["Addresses"])
    yield from (one["SubnetId"] for one in ec2.describe_subnets(Filters=mine)["Subnets"])
    databases = _client(demo, "rds").describe_db_instances()["DBInstances"]
    balancers = _client(demo, "elbv2").describe_load_balancers()["LoadBalancers"]
    groups = _client(demo, "autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    named = [
        *(one["DBInstanceIdentifier"] for one in databases),
        *(one["LoadBalancerName"] for one in balancers),
        *(one["AutoScalingGroupName"] for one in groups),
    ]
    yield from (name for name in named if NAME in name)
    yield from (one["Name"] for one in _client(demo, "secretsmanager").list_secrets()["SecretList"])
    yield from _roles(demo)


def _roles(demo: demo_process.Demo) -> Iterator[str]:
    roles = _client(demo, "iam").list_roles()["Roles"]
    yield from (one["RoleName"] for one in roles if NAME in one["RoleName"])
