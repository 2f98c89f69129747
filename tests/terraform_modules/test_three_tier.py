"""The three-tier blueprint as Terraform sees it: formatted, valid, locked, tested, and each size plans."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.terraform_modules.program import Terraform
from tests.terraform_modules.samples import SUPPLIED, TOO_LARGE

REMARKS = {"dev-lite": ["check.can_fetch_packages"], "production": ["check.encrypted_on_the_way"]}


@pytest.fixture(scope="module")
def form(three_tier: Path) -> dict[str, Any]:
    return tomllib.loads((three_tier / "blueprint.toml").read_text())


def plan_of(size: dict[str, Any]) -> dict[str, Any]:
    """One run of `terraform test` in its JSON form: plan the size, expect exactly its remarks."""
    return {
        "command": "plan",
        "variables": {**SUPPLIED, **size["inputs"]},
        "expect_failures": REMARKS.get(size["slug"], []),
    }


class TestThreeTierModule:
    def test_is_formatted(self, terraform: Terraform, three_tier: Path) -> None:
        checked = terraform("fmt", "-check", "-recursive", "-diff", cwd=three_tier)

        assert checked.returncode == 0, checked.stdout

    def test_locks_the_provider_for_the_platform_that_the_image_has(self, three_tier: Path) -> None:
        lock = (three_tier / ".terraform.lock.hcl").read_text()

        assert 'version     = "5.100.0"' in lock
        assert '"h1:' in lock

    def test_passes_its_own_tests_and_plans_each_size(
        self, terraform: Terraform, three_tier_copy: Path, form: dict[str, Any]
    ) -> None:
        runs = {f"size_{size['slug']}": plan_of(size) for size in form["sizes"]}
        runs["user_data_that_is_too_large_is_refused"] = TOO_LARGE
        sizes = {"mock_provider": {"aws": {"source": "./tests/mocks"}}, "run": runs}
        (three_tier_copy / "tests/sizes.tftest.json").write_text(json.dumps(sizes, indent=2))

        tested = terraform("test", "-no-color", cwd=three_tier_copy)

        assert tested.returncode == 0, tested.stdout + tested.stderr
        assert [name for name in runs if f'run "{name}"... pass' not in tested.stdout] == []
        assert 'run "what_is_no_answer_at_all"... pass' in tested.stdout
