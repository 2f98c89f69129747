"""Real Terraform with the real AWS provider against the simulated account."""

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

NO_CHANGES, CHANGES = 0, 2


@dataclass
class Terraform:
    folder: Path
    url: str

    def run(self, *arguments: str) -> int:
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
        assert done.returncode in (NO_CHANGES, CHANGES), done.stdout + done.stderr
        return done.returncode

    def apply(self, greeting: str) -> None:
        self.run("apply", "-auto-approve", "-input=false", "-no-color", f"-var=greeting={greeting}")

    def plan(self, greeting: str) -> int:
        return self.run(
            "plan", "-detailed-exitcode", "-input=false", "-no-color", f"-var=greeting={greeting}"
        )

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
            after_a_kill = terraform.plan("hello")
            before = instance_of(second)

            terraform.apply("good morning")
            wait_for(lambda: instance_of(second) != before)
            terraform.destroy()

            assert after_a_kill == NO_CHANGES
            assert second.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"] == []
            assert second.client("s3").list_objects_v2(Bucket="states")["KeyCount"] == 1


def instance_of(account: Account) -> str:
    [group] = account.client("autoscaling").describe_auto_scaling_groups()["AutoScalingGroups"]
    return str(group["Instances"][0]["InstanceId"])
