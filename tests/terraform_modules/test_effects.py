"""What a blueprint says of changes: in blueprint.toml for the form, in its README for people. Both agree."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from provisioner import blueprints
from tests.terraform_modules.program import BLUEPRINTS

WORDS = {
    "in_place": "in place",
    "rolling": "servers one by one",
    "interrupts": "interrupts",
    "replaces": "replaces",
    "loses_data": "loses data",
    "refused": "refused",
}
ROW = re.compile(r"^\| `(?P<name>\w+)` \| (?P<effect>[^|]*) \| ?(?P<help>[^|]*?) ?\|$", re.MULTILINE)


def listed_in_the_readme(folder: Path) -> dict[str, tuple[str, str]]:
    _, _, after = (folder / "README.md").read_text().partition("## What a change does\n")
    section = after.partition("\n## ")[0]
    return {row["name"]: (row["effect"], row["help"]) for row in ROW.finditer(section)}


def listed_in_the_form(blueprint: blueprints.Blueprint) -> dict[str, tuple[str, str]]:
    return {
        name: (
            WORDS[each.effect or "in_place"]
            + (f", when it becomes `{str(each.effect_when).lower()}`" if each.effect_when is not None else "")
            + (", when it becomes smaller" if each.effect_when_smaller else "")
            + (", refused when it becomes smaller" if each.only_grows else ""),
            each.effect_help,
        )
        for name, each in blueprint.inputs.items()
    }


@pytest.mark.parametrize("slug", ["three_tier", "static_site"])
class TestEffectsOfChanges:
    def test_are_declared_for_each_input(self, slug: str) -> None:
        inputs = blueprints.load([BLUEPRINTS]).blueprints[slug].inputs

        assert [name for name, each in inputs.items() if each.effect is None] == []

    def test_are_explained_where_they_are_not_harmless(self, slug: str) -> None:
        inputs = blueprints.load([BLUEPRINTS]).blueprints[slug].inputs

        assert [
            name for name, each in inputs.items() if each.effect != "in_place" and not each.effect_help
        ] == []

    def test_are_the_same_in_the_readme_and_in_the_form(self, slug: str) -> None:
        blueprint = blueprints.load([BLUEPRINTS]).blueprints[slug]

        assert listed_in_the_readme(blueprint.path) == listed_in_the_form(blueprint)


@pytest.mark.parametrize("slug", ["three_tier", "static_site"])
def test_no_help_repeats_the_range_that_the_form_adds(slug: str) -> None:
    inputs = blueprints.load([BLUEPRINTS]).blueprints[slug].inputs.values()
    ranges = {each.name: f"{each.minimum} to {each.maximum}" for each in inputs if each.minimum is not None}

    assert [each.name for each in inputs if each.name in ranges and ranges[each.name] in each.help] == []
