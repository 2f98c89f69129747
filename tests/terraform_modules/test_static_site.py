"""The static site as Terraform sees it: locked, tested, and each size plans."""

from __future__ import annotations

import json
import shutil
import tomllib
from pathlib import Path

from tests.terraform_modules.program import BLUEPRINTS, Terraform
from tests.terraform_modules.samples import SUPPLIED

FOLDER = BLUEPRINTS / "static_site"
REMARKS = {"plain": ["check.encrypted_on_the_way"]}


def test_locks_the_same_provider_as_the_image_has() -> None:
    assert (FOLDER / ".terraform.lock.hcl").read_text() == (
        BLUEPRINTS / "three_tier/.terraform.lock.hcl"
    ).read_text()


def test_passes_its_own_tests_and_plans_each_size(terraform: Terraform, tmp_path: Path) -> None:
    copy = tmp_path / "module"
    shutil.copytree(FOLDER, copy, ignore=shutil.ignore_patterns(".terraform"))
    runs = {
        f"size_{size['slug']}": {
            "command": "plan",
            "variables": {**SUPPLIED, **size["inputs"]},
            "expect_failures": REMARKS.get(size["slug"], []),
        }
        for size in tomllib.loads((FOLDER / "blueprint.toml").read_text())["sizes"]
    }
    sizes = {"mock_provider": {"aws": {"source": "./tests/mocks"}}, "run": runs}
    (copy / "tests/sizes.tftest.json").write_text(json.dumps(sizes, indent=2))
    initialised = terraform("init", "-input=false", "-no-color", "-lockfile=readonly", cwd=copy)
    assert initialised.returncode == 0, initialised.stdout + initialised.stderr

    tested = terraform("test", "-no-color", cwd=copy)

    assert tested.returncode == 0, tested.stdout + tested.stderr
    assert [name for name in runs if f'run "{name}"... pass' not in tested.stdout] == []
