"""Answers that a person approves, as blueprint.toml says it."""

from pathlib import Path
from typing import Any

import pytest

from provisioner import blueprints
from provisioner.blueprints import Choice, Input, approvals
from tests.provisioner.blueprints.small import BLUEPRINT, MAIN, VARIABLES, Write

ZONES = 'unit = "zones"\n'


def loaded(
    write: Write, folder: Path, output: str, *, behind: str = ZONES, before: str = ""
) -> blueprints.Catalogue:
    toml = (
        BLUEPRINT.replace(before, output + before, 1)
        if before
        else BLUEPRINT.replace(behind, behind + output, 1)
    )
    write("small", {"blueprint.toml": toml, "variables.tf": VARIABLES, "main.tf": MAIN})
    return blueprints.load([folder])


class TestInBlueprintToml:
    def test_a_figure_over_the_bound_is_a_persons_the_bound_itself_is_not(
        self, write: Write, folder: Path
    ) -> None:
        small = loaded(write, folder, "approval_above = 2\n").blueprints["small"]

        assert approvals.wanted_for(small, {"zones": 3}) == ("Zones",)
        assert approvals.wanted_for(small, {"zones": 2}) == ()
        assert approvals.wanted_for(small, {}) == ()

    def test_a_named_answer_is_a_persons(self, write: Write, folder: Path) -> None:
        output, behind = 'approval_when = ["a@b.c"]\n', "[inputs.contact]\n"
        small = loaded(write, folder, output, behind=behind).blueprints["small"]

        assert approvals.wanted_for(small, {"contact": "a@b.c"}) == ("Contact",)
        assert approvals.wanted_for(small, {"contact": "b@b.c"}) == ()

    def test_one_of_several_chosen_answers_is_enough(self, write: Write, folder: Path) -> None:
        output, before = (
            '[inputs.features]\napproval_when = ["waf"]\n\n',
            '[[inputs.features.choices]]\nvalue = "waf"\n',
        )
        small = loaded(write, folder, output, before=before).blueprints["small"]

        assert approvals.wanted_for(small, {"features": ["logs", "waf"]}) == ("Features",)
        assert approvals.wanted_for(small, {"features": ["logs"]}) == ()

    @pytest.mark.parametrize(
        ("output", "message"),
        [
            ("approval_above = true", "'approval_above' must be a number"),
            ("approval_when = [2]", "'approval_when' is only for kind text or boolean or choice or choices"),
            ('approval_when = "2"', "'approval_when' must be a list of answers"),
        ],
    )
    def test_that_is_wrong_is_named(self, write: Write, folder: Path, output: str, message: str) -> None:
        mistakes = [str(each) for each in loaded(write, folder, f"{output}\n").mistakes]

        assert any(message in each for each in mistakes), mistakes

    def test_an_answer_that_cannot_be_given_is_named(self, write: Write, folder: Path) -> None:
        found = loaded(write, folder, 'approval_when = ["?"]\n', behind="[inputs.contact]\n")

        assert "'?' is not an allowed answer: Write an e-mail address." in str(found.mistakes)

    def test_a_sealed_answer_cannot_be_approved(self, write: Write, folder: Path) -> None:
        output = '[inputs.word]\napproval_when = ["y"]\n\n'

        found = loaded(write, folder, output, before='[[sizes]]\nslug = "dev"\n')

        assert "a sensitive input is encrypted: nobody can approve its answer" in str(found.mistakes)


class TestInWords:
    @pytest.mark.parametrize(
        ("output", "words"),
        [
            ({"kind": "integer", "approval_above": 6}, "More than 6 needs an approval."),
            (
                {"kind": "choice", "choices": (Choice("p", "Production"),), "approval_when": ("p",)},
                "Needs an approval: Production.",
            ),
            ({"kind": "boolean", "approval_when": (True,)}, "Needs an approval: On."),
            ({"kind": "integer"}, ""),
        ],
    )
    def test_says_what_is_a_persons(self, output: dict[str, Any], words: str) -> None:
        assert approvals.in_words(Input(name="x", label="X", **output)) == words
