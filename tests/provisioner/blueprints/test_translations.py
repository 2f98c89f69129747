"""Language files: the texts of a blueprint in other languages."""

from __future__ import annotations

from pathlib import Path

import pytest

from provisioner import blueprints
from tests.provisioner.blueprints.small import BLUEPRINT, MAIN, VARIABLES, Write

KOREAN = """
title = "작은 환경"

[[sections]]
title = "네트워크"

[inputs.zones]
label = "가용 영역"
unit = "개"

[[inputs.nat.choices]]
value = "none"
label = "없음"

[[sizes]]
slug = "production"
title = "운영"

[[outputs]]
name = "url"
label = "주소"
"""


FILES = {"blueprint.toml": BLUEPRINT, "variables.tf": VARIABLES, "main.tf": MAIN}


def offered(folder: Path) -> blueprints.Catalogue:
    return blueprints.load([folder])


@pytest.fixture
def translated(folder: Path, write: Write) -> blueprints.Blueprint:
    (write("small", FILES) / "blueprint.ko.toml").write_text(KOREAN)
    found = offered(folder)
    assert found.mistakes == ()
    return found.blueprints["small"]


def test_replace_the_texts_of_a_language(translated: blueprints.Blueprint) -> None:
    korean = blueprints.in_language(translated, "ko")

    assert korean.title == "작은 환경"
    assert korean.sections[0].title == "네트워크"
    assert (korean.inputs["zones"].label, korean.inputs["zones"].unit) == ("가용 영역", "개")
    assert {each.value: each.label for each in korean.inputs["nat"].choices}["none"] == "없음"
    assert [size.title for size in korean.sizes] == [translated.sizes[0].title, "운영"]
    assert korean.outputs[0].label == "주소"


def test_leave_everything_else_as_it_is(translated: blueprints.Blueprint) -> None:
    korean = blueprints.in_language(translated, "ko")

    assert korean.inputs["zones"].help == translated.inputs["zones"].help
    assert korean.inputs["zones"].maximum == translated.inputs["zones"].maximum
    assert [section.inputs for section in korean.sections] == [each.inputs for each in translated.sections]
    assert [size.inputs for size in korean.sizes] == [size.inputs for size in translated.sizes]


def test_serve_a_regional_language_by_its_general_one(translated: blueprints.Blueprint) -> None:
    assert blueprints.in_language(translated, "ko-KR").title == "작은 환경"


def test_without_a_language_stay_english(translated: blueprints.Blueprint) -> None:
    assert blueprints.in_language(translated, "fr").title == translated.title


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ('titel = "x"', "line 1: unknown key 'titel'. Did you mean 'title'?"),
        ("title = 1", "line 1: 'title' must be text"),
        ("[inputs.zone]", "line 1: there is no input 'zone'. Did you mean 'zones'?"),
        ("[inputs.zones]\nminimum = 3", "line 2: unknown key 'minimum'"),
        ('[[sizes]]\ntitle = "x"', "line 1: 'slug' is missing"),
        (
            '[[sizes]]\nslug = "producton"',
            "line 2: there is no slug 'producton' in 'sizes'. Did you mean 'production'?",
        ),
        ('[[inputs.nat.choices]]\nvalue = "all"', "line 2: input 'nat' has no choice 'all'"),
        ("[[sections]]\n[[sections]]\n[[sections]]", "has only 2 sections"),
        ("title =", "line 1: this is not valid TOML"),
    ],
)
def test_name_their_mistakes_with_the_line(folder: Path, write: Write, text: str, mistake: str) -> None:
    (write("small", FILES) / "blueprint.ko.toml").write_text(text)

    found = offered(folder)

    assert "small" not in found.blueprints
    [only] = found.mistakes
    assert str(only).startswith("blueprint.ko.toml, ")
    assert mistake in str(only)


def test_of_no_language_are_refused(folder: Path, write: Write) -> None:
    (write("small", FILES) / "blueprint.Korean!.toml").touch()

    [mistake] = offered(folder).mistakes

    assert "blueprint.<language>.toml" in mistake.message
