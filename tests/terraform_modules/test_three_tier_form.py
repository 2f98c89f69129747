"""The form of the three-tier blueprint: the portal's loader takes it, and it fits the module."""

from __future__ import annotations

from pathlib import Path

import hcl2
import pytest

from provisioner import blueprints
from tests.terraform_modules.program import BLUEPRINTS


@pytest.fixture(scope="module")
def catalogue() -> blueprints.Catalogue:
    return blueprints.load([BLUEPRINTS])


def blocks(folder: Path, kind: str) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = {}
    for file in folder.glob("*.tf"):
        for block in hcl2.loads(file.read_text()).get(kind, []):
            found.update({name.strip('"'): body for name, body in block.items()})
    return found


class TestThreeTierForm:
    def test_has_no_mistake(self, catalogue: blueprints.Catalogue) -> None:
        assert [mistake for mistake in catalogue.mistakes if mistake.slug == "three_tier"] == []

    def test_every_variable_is_typed_and_described(self, three_tier: Path) -> None:
        variables = blocks(three_tier, "variable")

        assert len(variables) >= 20
        assert [name for name, body in variables.items() if not {"type", "description"} <= body.keys()] == []

    def test_no_output_is_sensitive_and_each_is_described(self, three_tier: Path) -> None:
        outputs = blocks(three_tier, "output")

        assert len(outputs) >= 12
        assert [
            name for name, body in outputs.items() if "sensitive" in body or "description" not in body
        ] == []

    def test_each_size_answers_the_whole_form(self, catalogue: blueprints.Catalogue) -> None:
        blueprint = catalogue.blueprints["three_tier"]

        for size in blueprint.sizes:
            assert blueprints.check_inputs(blueprint, {}, size=size.slug).errors == {}

    def test_only_production_waits_for_a_person(self, catalogue: blueprints.Catalogue) -> None:
        blueprint = catalogue.blueprints["three_tier"]

        assert [size.slug for size in blueprint.sizes if size.approval == "person"] == ["production"]
        assert blueprint.sizes[0].slug == "dev"
