"""What changing an answer does, as blueprint.toml says it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from provisioner import blueprints
from provisioner.blueprints import Choice, Input, effects
from tests.provisioner.blueprints.small import BLUEPRINT, MAIN, VARIABLES, Write

ZONES = 'unit = "zones"\n'


def loaded(write: Write, folder: Path, output: str) -> blueprints.Catalogue:
    toml = BLUEPRINT.replace(ZONES, ZONES + output, 1)
    write("small", {"blueprint.toml": toml, "variables.tf": VARIABLES, "main.tf": MAIN})
    return blueprints.load([folder])


def question(**output: Any) -> Input:
    return Input(name="zones", kind="integer", label="Zones", **output)


class TestEffectInBlueprintToml:
    def test_belongs_to_its_input(self, write: Write, folder: Path) -> None:
        output = 'effect = "interrupts"\neffect_when = 2\neffect_help = "One zone goes."\n'

        zones = loaded(write, folder, output).blueprints["small"].inputs["zones"]

        assert (zones.effect, zones.effect_when, zones.effect_help) == ("interrupts", 2, "One zone goes.")

    @pytest.mark.parametrize(
        ("output", "message"),
        [
            ('effect = "interupts"', "unknown effect 'interupts'. Did you mean 'interrupts'?"),
            ("effect = 3", "'effect' must be text"),
            ('effect_help = "It stops."', "'effect_help' and 'only_grows' need an 'effect'"),
            ("only_grows = true", "'effect_help' and 'only_grows' need an 'effect'"),
            ("effect_when_smaller = true", "'effect_help' and 'only_grows' need an 'effect'"),
            ('effect = "rolling"\neffect_when_smaller = 2', "'effect_when_smaller' must be true or false"),
            (
                'effect = "rolling"\neffect_when_smaller = true\neffect_when = 2',
                "'effect_when_smaller' goes neither with 'effect_when' nor with 'only_grows'",
            ),
            (
                'effect = "rolling"\neffect_when_smaller = true\nonly_grows = true',
                "'effect_when_smaller' goes neither with 'effect_when' nor with 'only_grows'",
            ),
            ('effect = "in_place"\nonly_grows = 3', "'only_grows' must be true or false"),
            ('effect = "rolling"\neffect_when = 9', "'effect_when' is not an allowed answer: Enter a whole"),
        ],
    )
    def test_that_is_wrong_is_named(self, write: Write, folder: Path, output: str, message: str) -> None:
        mistakes = [str(each) for each in loaded(write, folder, f"{output}\n").mistakes]

        assert any(message in each for each in mistakes), mistakes


class TestEffectOfAChange:
    def test_is_none_without_a_change_or_a_declaration(self) -> None:
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

    @pytest.mark.parametrize(
        ("before", "after", "effect"),
        [
            (30, 7, "loses_data"),
            (7, 30, "in_place"),
            (30, 0, "loses_data"),
            # No answer: for ever, for all that the portal knows.
            (None, 365, "loses_data"),
            (365, None, "in_place"),
        ],
    )
    def test_may_be_that_of_a_smaller_figure_only(self, before: Any, after: Any, effect: str) -> None:
        days = question(effect="loses_data", effect_when_smaller=True)

        assert effects.of_change(days, before=before, after=after) == effect

    @pytest.mark.parametrize(
        ("before", "after", "effect"),
        [
            (30, 7, "loses_data"),
            (7, 30, "in_place"),
            # For ever, as CloudWatch has it: listed last.
            (0, 30, "loses_data"),
            (30, 0, "in_place"),
            # Offered once, and not any more.
            (14, 30, "loses_data"),
        ],
    )
    def test_may_be_that_of_a_choice_that_is_listed_before(
        self, before: int, after: int, effect: str
    ) -> None:
        choices = tuple(Choice(days, f"{days} days") for days in (7, 30, 0))
        days = replace(
            question(effect="loses_data", effect_when_smaller=True), kind="choice", choices=choices
        )

        assert effects.of_change(days, before=before, after=after) == effect

    def test_is_refused_where_a_figure_that_only_grows_becomes_smaller(self) -> None:
        disk = question(effect="in_place", only_grows=True, unit="GiB")

        assert effects.of_change(disk, before=20, after=50) == "in_place"
        assert effects.of_change(disk, before=50, after=20) == "refused"
        assert effects.refusal(disk, before=50, after=20) == "This can only grow. It is now 50 GiB."
        # It had none yet: an older blueprint did not ask for it.
        assert effects.of_change(disk, before=None, after=20) == "in_place"

    def test_that_is_refused_is_reported_in_the_words_of_the_blueprint(self) -> None:
        name = question(effect="refused", effect_help="A name is for life.")

        assert effects.refusal(name, before=2, after=3) == "A name is for life."
        assert effects.refusal(question(effect="refused"), before=2, after=3) == "This cannot be changed."


@pytest.mark.parametrize(
    ("key", "kinds"),
    [("only_grows", "integer or number"), ("effect_when_smaller", "integer or number or choice")],
)
def test_only_what_has_an_order_can_grow_or_become_smaller(
    write: Write, folder: Path, key: str, kinds: str
) -> None:
    toml = BLUEPRINT.replace('kind = "cidr"\n', f'kind = "cidr"\neffect = "in_place"\n{key} = true\n', 1)
    write("small", {"blueprint.toml": toml, "variables.tf": VARIABLES, "main.tf": MAIN})

    [mistake] = blueprints.load([folder]).mistakes

    assert f"'{key}' is only for kind {kinds}, this is cidr" in str(mistake)
