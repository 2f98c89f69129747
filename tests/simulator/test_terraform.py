"""Real Terraform with the real AWS provider against the simulated account."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator.json_types import JsonObject
from tests.simulator import server, terraform
from tests.simulator.server import REGION, Account, wait_for
from tests.simulator.terraform import Terraform


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[tuple[Account, Terraform]]:
    account = server.start(tmp_path / "account")
    states = account.client("s3")
    states.create_bucket(Bucket="states", CreateBucketConfiguration={"LocationConstraint": REGION})
    states.put_bucket_versioning(Bucket="states", VersioningConfiguration={"Status": "Enabled"})
    yield account, terraform.initialize("small", tmp_path, url=account.url)
    account.stop()


def changes(events: list[JsonObject]) -> set[str]:
    """Action and address of each planned change."""
    planned = [event["change"] for event in events if event["type"] == "planned_change"]
    return {f"{change['action']} {change['resource']['addr']}" for change in planned}


class TestTerraform:
    def test_changes_and_destroys_an_environment_after_a_crash_of_the_account(
        self, tmp_path: Path, environment: tuple[Account, Terraform]
    ) -> None:
        first, small = environment
        small.apply("-var=greeting=hello")
        first.kill()
        with server.running(tmp_path / "account") as second:
            small.url = second.url
            before = instance_of(second)

            found = changes(small.apply("-var=greeting=good morning"))
            wait_for(lambda: instance_of(second) != before)
            small.run("destroy", "-auto-approve", "-input=false", "-no-color", "-var=greeting=bye")

            # Only what depends on the new greeting changes: everything else was restored.
            assert found == {
                "update aws_ssm_parameter.greeting",
                "update aws_launch_template.app",
                "update aws_autoscaling_group.app",
            }
            assert second.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"] == []
            assert second.client("s3").list_objects_v2(Bucket="states")["KeyCount"] == 1


def instance_of(account: Account) -> str:
    [group] = account.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    return str(group["Instances"][0]["InstanceId"])
