"""Real Terraform with the real AWS provider against the simulated account."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from provisioner.terraform import binary, mirror
from tests.simulator import server
from tests.simulator.server import REGION, Account, wait_for


@dataclass
class Terraform:
    folder: Path
    url: str

    def run(self, *arguments: str) -> str:
        """What it wrote to standard output."""
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "TF_CLI_CONFIG_FILE": str(self.folder / "terraform.rc"),
            "TF_IN_AUTOMATION": "1",
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        done = subprocess.run(
            [str(binary.find(configured=None)), *arguments],
            cwd=self.folder / "configuration",
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def apply(self, greeting: str) -> set[str]:
        """What it had to do: action and address of each resource."""
        output = self.run("apply", "-auto-approve", "-input=false", "-json", f"-var=greeting={greeting}")
        changes = [
            event["change"]
            for event in map(json.loads, output.splitlines())
            if event["type"] == "planned_change"
        ]
        return {f"{change['action']} {change['resource']['addr']}" for change in changes}

    def destroy(self) -> None:
        self.run("destroy", "-auto-approve", "-input=false", "-no-color", "-var=greeting=bye")


@pytest.fixture
def environment(tmp_path: Path) -> Iterator[tuple[Account, Terraform]]:
    account = server.start(tmp_path / "account")
    states = account.client("s3")
    states.create_bucket(Bucket="states", CreateBucketConfiguration={"LocationConstraint": REGION})
    states.put_bucket_versioning(Bucket="states", VersioningConfiguration={"Status": "Enabled"})
    shutil.copytree(Path(__file__).parent / "configuration", tmp_path / "configuration")
    mirror.write_cli_config(tmp_path / "terraform.rc", mirror=mirror.find(configured=None))
    terraform = Terraform(tmp_path, account.url)
    terraform.run("init", "-input=false", "-no-color")
    yield account, terraform
    account.stop()


class TestTerraform:
    def test_finds_its_environment_again_after_a_kill_changes_and_destroys_it(
        self, tmp_path: Path, environment: tuple[Account, Terraform]
    ) -> None:
        first, terraform = environment
        terraform.apply("hello")
        first.kill()
        with server.running(tmp_path / "account") as second:
            terraform.url = second.url
            before = instance_of(second)

            found = terraform.apply("good morning")
            wait_for(lambda: instance_of(second) != before)
            terraform.destroy()

            # Nothing but what follows from the new greeting: all else is as the first account left it.
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
