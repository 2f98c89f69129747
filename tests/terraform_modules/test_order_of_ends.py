"""What a change of an answer may end must end after those that stay have let go of it.

Terraform destroys first and changes afterwards, unless what it destroys is `create_before_destroy`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from provisioner.blueprints import hcl
from tests.terraform_modules.program import BLUEPRINTS

Resources = Mapping[str, hcl.Block]


def resources_of(folder: Path) -> Resources:
    blocks = [block for file in folder.glob("*.tf") for block in hcl.read(file.read_text()).blocks]
    return {".".join(block.labels): block for block in blocks if block.kind == "resource"}


def ends_too_early(resources: Resources) -> set[str]:
    """Resources that may end, that one which stays uses, and that are destroyed before it is changed."""
    early = set()
    for block in resources.values():
        if may_end(block):
            continue
        used = {name for name in _named(block, resources) if may_end(resources[name])}
        waited_for = {name for name in _waited_for(block, resources) if may_end(resources[name])}
        # What belongs to a used one alone: the policy of a bucket, the rights of a role.
        used |= {name for name in waited_for if set() < _named(resources[name], resources) <= used}
        early |= {name for name in used if not is_destroyed_last(resources[name])}
    return early


def may_end(block: hcl.Block) -> bool:
    return bool({"count", "for_each"} & block.attributes.keys())


def is_destroyed_last(block: hcl.Block) -> bool:
    lifecycles = [inner for inner in block.blocks if inner.kind == "lifecycle"]
    settings = [each.attributes.get("create_before_destroy") for each in lifecycles]
    return any(setting is not None and setting.value is True for setting in settings)


def _named(block: hcl.Block, resources: Resources) -> set[str]:
    sources = [
        attribute.source
        for inner in block.walk()
        if inner.kind != "lifecycle"
        for name, attribute in inner.attributes.items()
        if name != "depends_on"
    ]
    return _addresses(" ".join(sources), resources)


def _waited_for(block: hcl.Block, resources: Resources) -> set[str]:
    waits = block.attributes.get("depends_on")
    return _addresses(waits.source, resources) if waits else set()


def _addresses(text: str, resources: Resources) -> set[str]:
    return set(re.findall(r"\b[a-z][a-z0-9_]+\.[a-z0-9_]+", text)) & resources.keys()


@pytest.mark.parametrize("slug", ["three_tier", "static_site"])
def test_nothing_ends_before_what_uses_it_has_let_go(slug: str) -> None:
    resources = resources_of(BLUEPRINTS / slug)

    assert len(resources) >= 10
    assert ends_too_early(resources) == set()


@pytest.mark.parametrize(
    "address", ["aws_s3_bucket.logs", "aws_s3_bucket_policy.logs", "aws_cloudwatch_log_group.database",
                "aws_iam_role.monitoring", "aws_iam_role_policy_attachment.monitoring", "aws_subnet.data"]
)  # fmt: skip
def test_what_would_end_too_early_is_noticed(address: str, three_tier: Path, tmp_path: Path) -> None:
    kind, name = address.split(".")
    for file in three_tier.glob("*.tf"):
        head, found, block = file.read_text().partition(f'resource "{kind}" "{name}" {{')
        block = block.replace("create_before_destroy = true", "create_before_destroy = false", 1)
        (tmp_path / file.name).write_text(head + found + (block if found else ""))

    assert ends_too_early(resources_of(tmp_path)) == {address}
