"""Real Terraform with the real AWS provider against a simulated account."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from provisioner.terraform import binary, mirror
from simulator.json_types import JsonObject
from tests.simulator.server import REGION

CONFIGURATIONS = Path(__file__).parent / "configurations"


@dataclass
class Terraform:
    """One configuration in its own folder. `url` is the address of the account."""

    folder: Path
    url: str

    def run(self, *arguments: str, seconds: float = 120) -> str:
        """Run Terraform, which must succeed. Returns its output."""
        code, output = self.attempt(*arguments, seconds=seconds)
        assert code == 0, output
        return output

    def attempt(self, *arguments: str, seconds: float = 120) -> tuple[int, str]:
        """Run Terraform. Returns its exit code and its output, with standard error at the end."""
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
            timeout=seconds,
        )
        return done.returncode, done.stdout + done.stderr

    def apply(self, *options: str, seconds: float = 120) -> list[JsonObject]:
        """The events of an apply, which must succeed, in order."""
        output = self.run("apply", "-auto-approve", "-input=false", "-json", *options, seconds=seconds)
        return [json.loads(line) for line in output.splitlines()]


def initialize(name: str, folder: Path, *, url: str) -> Terraform:
    """Copy the configuration of that name to `folder` and run `terraform init`."""
    shutil.copytree(CONFIGURATIONS / name, folder / "configuration")
    mirror.write_cli_config(folder / "terraform.rc", mirror=mirror.find(configured=None))
    terraform = Terraform(folder, url)
    terraform.run("init", "-input=false", "-no-color")
    return terraform


def seconds_of(events: list[JsonObject], address: str) -> int:
    """How long the creation took, from Terraform's events."""
    [took] = [
        event["hook"]["elapsed_seconds"]
        for event in events
        if event["type"] == "apply_complete" and event["hook"]["resource"]["addr"] == address
    ]
    return int(took)
