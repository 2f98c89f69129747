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
            ('effect_help = "It stops."', "'effect_when', 'effect_help' and 'only_grows' need an 'effect'"),
            ("only_grows = true", "'effect_when', 'effect_help' and 'only_grows' need an 'effect'"),
            ('effect = "in_place"\nonly_grows = 3', "'only_grows' must be true or false"),
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

    def test_is_refused_where_a_figure_that_only_grows_becomes_smaller(self) -> None:
        disk = question(effect="in_place", only_grows=True, unit="GiB")

        assert effects.of_change(disk, before=20, after=50) == "in_place"
        assert effects.of_change(disk, before=50, after=20) == "refused"
        assert effects.refusal(disk, before=50, after=20) == "It can only grow, and is 50 GiB now."
        # It had none yet: an older blueprint did not ask for it.
        assert effects.of_change(disk, before=None, after=20) == "in_place"

    def test_that_is_refused_is_told_in_the_words_of_the_blueprint(self) -> None:
        name = question(effect="refused", effect_help="A name is for life.")

        assert effects.refusal(name, before=2, after=3) == "A name is for life."
        assert effects.refusal(question(effect="refused"), before=2, after=3) == "This cannot be changed."


def test_only_a_figure_can_only_grow(write: Write, folder: Path) -> None:
    toml = BLUEPRINT.replace('kind = "cidr"\n', 'kind = "cidr"\neffect = "in_place"\nonly_grows = true\n', 1)
    write("small", {"blueprint.toml": toml, "variables.tf": VARIABLES, "main.tf": MAIN})

    [mistake] = blueprints.load([folder]).mistakes

    assert "'only_grows' is only for kind integer or number, this is cidr" in str(mistake)
