"""Every rule of a blueprint (validation, precondition, check) is broken by a test of its own.

Terraform names the variable or the resource that refused, not the rule: so each needs as many refused runs
as it has rules.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from provisioner.blueprints import hcl
from tests.terraform_modules.program import BLUEPRINTS
from tests.terraform_modules.samples import TOO_LARGE

# Runs that need a function to be written are in Python.
ELSEWHERE = {"three_tier": Counter(TOO_LARGE["expect_failures"])}


def rules_of(folder: Path) -> Counter[str]:
    """How many rules each variable, resource, output and check has."""
    rules: Counter[str] = Counter()
    for file in folder.glob("*.tf"):
        for block in hcl.read(file.read_text()).blocks:
            inner = [each.kind for each in block.walk()]
            count = inner.count("validation") + inner.count("precondition") + inner.count("postcondition")
            if block.kind == "check":
                count = 1
            if count:
                rules[_address(block)] += count
    return rules


def refusals_of(folder: Path) -> Counter[str]:
    """In how many runs each of them is expected to refuse."""
    refused: Counter[str] = Counter()
    for file in (folder / "tests").glob("*.tftest.hcl"):
        for block in hcl.read(file.read_text()).blocks:
            expected = block.attributes.get("expect_failures") if block.kind == "run" else None
            if expected is not None:
                refused.update(re.findall(r"[a-z_]+\.[a-z0-9_]+", expected.source))
    return refused


def _address(block: hcl.Block) -> str:
    if block.kind == "resource":
        return ".".join(block.labels)
    prefix = {"variable": "var", "output": "output", "check": "check"}[block.kind]
    return f"{prefix}.{block.labels[0]}"


@pytest.mark.parametrize("slug", ["three_tier", "static_site"])
def test_every_rule_is_broken_by_a_run_of_its_own(slug: str) -> None:
    rules = rules_of(BLUEPRINTS / slug)

    tried = refusals_of(BLUEPRINTS / slug) + ELSEWHERE.get(slug, Counter())

    assert len(rules) >= 5
    assert {name: count for name, count in rules.items() if tried[name] < count} == {}


def test_a_rule_that_nobody_breaks_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    rule = 'validation {\n condition = true\n error_message = "No."\n }\n'
    (tmp_path / "variables.tf").write_text(f'variable "size" {{\n type = number\n {rule} {rule}}}\n')
    (tmp_path / "tests/one.tftest.hcl").write_text('run "r" {\n expect_failures = [var.size]\n}\n')

    assert rules_of(tmp_path) == {"var.size": 2}
    assert refusals_of(tmp_path) == {"var.size": 1}
