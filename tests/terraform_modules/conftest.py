"""A blueprint copied and initialised by a real Terraform, its providers from a mirror if there is one."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from provisioner.terraform import mirror
from tests.terraform_modules import application_packages, user_data
from tests.terraform_modules.program import BLUEPRINTS, Terraform


@pytest.fixture(scope="session")
def terraform(tmp_path_factory: pytest.TempPathFactory) -> Terraform:
    """Runs Terraform: `terraform("test", cwd=folder)`. It sees no credentials, no region and no real home."""
    home = tmp_path_factory.mktemp("terraform-home")
    mirror.write_cli_config(
        home / "cli.tfrc", mirror=mirror.find(configured=os.environ.get("TERRAFORM_PLUGIN_MIRROR"))
    )
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "TF_CLI_CONFIG_FILE": str(home / "cli.tfrc"),
        "TF_IN_AUTOMATION": "1",
        "CHECKPOINT_DISABLE": "1",
    }

    def run(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["terraform", *arguments], cwd=cwd, env=environment, capture_output=True, text=True, timeout=300
        )

    return run


@pytest.fixture(scope="session")
def three_tier() -> Path:
    return BLUEPRINTS / "three_tier"


@pytest.fixture(scope="session")
def three_tier_copy(three_tier: Path, terraform: Terraform, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The blueprint in a folder of its own, initialised with exactly the providers that it locks."""
    copy = tmp_path_factory.mktemp("three_tier") / "module"
    shutil.copytree(three_tier, copy, ignore=shutil.ignore_patterns(".terraform"))
    initialised = terraform("init", "-input=false", "-no-color", "-lockfile=readonly", cwd=copy)
    assert initialised.returncode == 0, initialised.stdout + initialised.stderr
    return copy


@pytest.fixture(scope="session")
def scripts(
    terraform: Terraform, three_tier: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """The script of the first boot, "online" and "offline"."""
    return user_data.render(terraform, three_tier, tmp_path_factory.mktemp("user-data") / "module")


@pytest.fixture(scope="session")
def application_wheels(pytestconfig: pytest.Config) -> Path:
    return application_packages.wheels(pytestconfig.cache)


@pytest.fixture(scope="session")
def application_python(pytestconfig: pytest.Config) -> Path:
    return application_packages.python(pytestconfig.cache)
