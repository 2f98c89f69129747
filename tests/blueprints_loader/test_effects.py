"""What changing an answer does, as blueprint.toml says it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from provisioner import blueprints
from provisioner.blueprints import Input, effects
from tests.blueprints_loader.conftest import BLUEPRINT, MAIN, VARIABLES, Write

ZONES = 'unit = "zones"\n'


def loaded(write: Write, folder: Path, said: str) -> blueprints.Catalogue:
    toml = BLUEPRINT.replace(ZONES, ZONES + said, 1)
    write("small", {"blueprint.toml": toml, "variables.tf": VARIABLES, "main.tf": MAIN})
    return blueprints.load([folder])


def question(**said: Any) -> Input:
    return Input(name="zones", kind="integer", label="Zones", **said)


class TestEffectInBlueprintToml:
    def test_belongs_to_its_input(self, write: Write, folder: Path) -> None:
        said = 'effect = "interrupts"\neffect_when = 2\neffect_help = "One zone goes."\n'

        zones = loaded(write, folder, said).blueprints["small"].inputs["zones"]

        assert (zones.effect, zones.effect_when, zones.effect_help) == ("interrupts", 2, "One zone goes.")

    @pytest.mark.parametrize(
        ("said", "message"),
        [
            ('effect = "interupts"', "unknown effect 'interupts'. Did you mean 'interrupts'?"),
            ("effect = 3", "'effect' must be text"),
            ('effect_help = "It stops."', "'effect_when' and 'effect_help' need an 'effect'"),
            ('effect = "rolling"\neffect_when = 9', "'effect_when' is not an allowed answer: Enter a whole"),
        ],
    )
    def test_that_is_wrong_is_named(self, write: Write, folder: Path, said: str, message: str) -> None:
        mistakes = [str(each) for each in loaded(write, folder, f"{said}\n").mistakes]

        assert any(message in each for each in mistakes), mistakes


class TestEffectOfAChange:
    def test_is_none_where_nothing_changes_or_nobody_has_said(self) -> None:
        assert effects.of_change(question(effect="replaces"), before=2, after=2) is None
        assert effects.of_change(question(), before=2, after=3) is None

    def test_is_harmless_on_any_other_value_than_the_named_one(self) -> None:
        zones = question(effect="interrupts", effect_when=2)

        assert effects.of_change(zones, before=3, after=2) == "interrupts"
        assert effects.of_change(zones, before=2, after=3) == "in_place"

    def test_knows_false_for_a_value(self) -> None:
        logs = question(effect="loses_data", effect_when=False)

        assert effects.of_change(logs, before=True, after=False) == "loses_data"
        assert effects.of_change(logs, before=False, after=True) == "in_place"
