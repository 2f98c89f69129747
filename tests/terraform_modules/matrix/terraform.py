"""A copy of a blueprint with values of its own, and what Terraform planned and did in it."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from provisioner.terraform import binary, mirror
from tests.simulator.server import REGION

LIMIT_SECONDS = 2400
# What the portal's workers set for a simulated account.
PROVIDER = {
    "s3_use_path_style": True,
    "skip_credentials_validation": True,
    "skip_metadata_api_check": "true",
    "skip_region_validation": True,
    "max_retries": 2,
}


@dataclass(frozen=True)
class Done:
    """One command: its exit code, how long it took, what it planned by address, and what it complained of."""

    code: int
    seconds: float
    planned: Mapping[str, str] = field(default_factory=dict)
    errors: tuple[str, ...] = ()

    def count(self, *actions: str) -> int:
        return sum(action in actions for action in self.planned.values())


class Module:
    """A blueprint in a folder of its own, against the account at `url`."""

    def __init__(self, blueprint: Path, folder: Path, *, url: str) -> None:
        self._folder = folder / "module"
        self._environment = _environment(folder, url)
        ignored = shutil.ignore_patterns(".terraform", "tests")
        shutil.copytree(blueprint, self._folder, ignore=ignored)
        mirror.write_cli_config(
            folder / "terraform.rc",
            mirror=mirror.find(configured=os.environ.get("TERRAFORM_PLUGIN_MIRROR")),
        )
        self._write("provider_override.tf.json", {"provider": {"aws": PROVIDER}})
        self._run("init", "-input=false", "-no-color", "-lockfile=readonly")

    def plan(self, values: Mapping[str, Any]) -> Done:
        """Exit code 0: nothing to change; 2: changes; 1: refused."""
        self._write("matrix.auto.tfvars.json", values)
        return self._run("plan", "-input=false", "-json", "-detailed-exitcode")

    def apply(self, values: Mapping[str, Any]) -> Done:
        self._write("matrix.auto.tfvars.json", values)
        return self._run("apply", "-auto-approve", "-input=false", "-json")

    def apply_to_what_was_just_read(self, values: Mapping[str, Any]) -> Done:
        """An apply that trusts the state: only right after a plan that found nothing to change."""
        self._write("matrix.auto.tfvars.json", values)
        return self._run("apply", "-auto-approve", "-input=false", "-json", "-refresh=false")

    def destroy(self, values: Mapping[str, Any]) -> Done:
        self._write("matrix.auto.tfvars.json", values)
        return self._run("destroy", "-auto-approve", "-input=false", "-json")

    def plan_document(self, values: Mapping[str, Any]) -> str:
        """The plan as `terraform show -json` writes it. Raises CalledProcessError."""
        self._write("matrix.auto.tfvars.json", values)
        self._command("plan", "-input=false", "-no-color", "-out=policy.tfplan").check_returncode()
        shown = self._command("show", "-json", "policy.tfplan")
        shown.check_returncode()
        return shown.stdout

    def differences(self, values: Mapping[str, Any]) -> list[str]:
        """What a plan would change, an entry for each resource: its address and the attributes."""
        changes = json.loads(self.plan_document(values))["resource_changes"]
        return [
            f"{each['address']} ({', '.join(_attributes(each['change'])) or each['change']['actions'][0]})"
            for each in changes
            if set(each["change"]["actions"]) - {"no-op", "read"}
        ]

    def _write(self, name: str, content: Any) -> None:
        (self._folder / name).write_text(json.dumps(content))

    def _run(self, *arguments: str) -> Done:
        started_at = time.monotonic()
        done = self._command(*arguments)
        seconds = time.monotonic() - started_at
        messages = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        changes = [each["change"] for each in messages if each["type"] == "planned_change"]
        planned = {each["resource"]["addr"]: each["action"] for each in changes}
        reported = [each["diagnostic"] for each in messages if each["type"] == "diagnostic"]
        errors = tuple(_sentence(each) for each in reported if each["severity"] == "error")
        if done.returncode not in (0, 2) and not errors:
            errors = ((done.stderr or done.stdout).strip()[-600:] or f"exit code {done.returncode}",)
        return Done(done.returncode, seconds, planned, errors)

    def _command(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [str(binary.find(configured=None)), *arguments],
            cwd=self._folder, env=self._environment, capture_output=True, text=True, timeout=LIMIT_SECONDS,
        )  # fmt: skip


def _attributes(change: Mapping[str, Any]) -> list[str]:
    before, after = change["before"] or {}, change["after"] or {}
    return [name for name in after if name in before and before[name] != after[name]]


def _sentence(diagnostic: Mapping[str, Any]) -> str:
    text = diagnostic.get("detail") or diagnostic["summary"]
    where = diagnostic.get("address", "")
    return f"{where}: {text}".removeprefix(": ").replace("\n", " ")


def _environment(folder: Path, url: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "TF_CLI_CONFIG_FILE": str(folder / "terraform.rc"),
        "TF_IN_AUTOMATION": "1",
        "CHECKPOINT_DISABLE": "1",
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
