"""Terraform without the portal: creates the resources of an order, with its state in the same account."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]

from provisioner.terraform import mirror  # noqa: E402  the checkout is not an installed package

IN_TWO = (("init", "-input=false"), ("apply", "-auto-approve", "-input=false"))
# What the portal runs: a plan that can be approved, and the apply of exactly that plan.
IN_FOUR = (
    ("init", "-input=false"),
    ("plan", "-input=false", "-out=plan.tfplan"),
    ("apply", "-input=false", "plan.tfplan"),
    ("output", "-json"),
)


@dataclass(frozen=True, kw_only=True)
class Bare:
    """`terraform` is the program, `aws` the account's endpoint, `module` the blueprint's folder."""

    terraform: str
    aws: str
    module: Path

    def create(
        self, order: dict[str, Any], folder: Path, *, steps: tuple[tuple[str, ...], ...] = IN_TWO
    ) -> float:
        """Seconds that Terraform takes for the order, in `folder`, whose name also names the state."""
        shutil.copytree(self.module, folder)
        text = "".join(path.read_text() for path in self.module.glob("*.tf"))
        _write(folder / "bare.auto.tfvars.json", _variables(order, text))
        backend = _backend(folder.name)
        _write(folder / "backend_override.tf.json", {"terraform": {"backend": {"s3": backend}}})
        if re.search(r'^provider "aws"', text, re.MULTILINE):
            _write(folder / "provider_override.tf.json", {"provider": {"aws": SIMULATED_PROVIDER}})
        mirror.write_cli_config(
            folder / "cli.tfrc", mirror=mirror.find(configured=os.environ.get("TERRAFORM_PLUGIN_MIRROR"))
        )
        _make_bucket(self.aws, backend["bucket"])
        start = time.monotonic()
        for arguments in steps:
            self._run(arguments, folder)
        return time.monotonic() - start

    def _run(self, arguments: tuple[str, ...], folder: Path) -> None:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "TF_CLI_CONFIG_FILE": str(folder / "cli.tfrc"),
            "CHECKPOINT_DISABLE": "1",
            "AWS_ENDPOINT_URL": self.aws,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "ap-northeast-2",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        done = subprocess.run(
            [self.terraform, *arguments], cwd=folder, env=environment, capture_output=True, text=True
        )
        if done.returncode:
            raise SystemExit(f"bare terraform {arguments[0]} failed:\n{done.stdout}\n{done.stderr}")


SIMULATED_PROVIDER = {
    "skip_metadata_api_check": True,
    "skip_region_validation": True,
    "skip_credentials_validation": True,
    "s3_use_path_style": True,
    "max_retries": 2,
}


def _variables(order: dict[str, Any], text: str) -> dict[str, Any]:
    supplied = {
        "environment_name": f"{order['name']}-bare",
        "environment_id": "6f9619ff-8b86-4d01-b42d-00cf4fc964ff",
        "team": "shop",
        "owner": "alice",
        "created_by_run": "6f9619ff-8b86-4d01-b42d-00cf4fc964fe",
    }
    declared = set(re.findall(r'^variable "(\w+)"', text, re.MULTILINE))
    return {**order["inputs"], **{name: value for name, value in supplied.items() if name in declared}}


def _backend(name: str) -> dict[str, Any]:
    return {
        "bucket": f"state-of-{name}",
        "key": f"{name}.tfstate",
        "region": "ap-northeast-2",
        "use_lockfile": True,
        "use_path_style": True,
        "skip_credentials_validation": True,
        "skip_metadata_api_check": True,
        "skip_region_validation": True,
        "skip_requesting_account_id": True,
        "skip_s3_checksum": True,
    }


def _make_bucket(endpoint: str, bucket: str) -> None:
    import boto3

    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="ap-northeast-2",
        aws_access_key_id="test",
        aws_secret_access_key="test",  # noqa: S106  of the simulated account
    )
    where: Any = {"LocationConstraint": "ap-northeast-2"}
    client.create_bucket(Bucket=bucket, CreateBucketConfiguration=where)


def _write(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content))
