from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioner import blueprints
from provisioner.blueprints import toml_lines
from tests.provisioner.blueprints.small import BLUEPRINT


class TestCheckName:
    @pytest.mark.parametrize("name", ["abc", "shop-dev", "a1b", "x" * 32])
    def test_takes_a_plain_name(self, name: str) -> None:
        assert blueprints.check_name(name) == []

    @pytest.mark.parametrize(
        "name",
        ["", "a", "x" * 33, "Shop", "1shop", "-shop", "shop-", "a--b", "sh op", "shop\n", "shöp", "a_b",
         "a.b", "a\0b", "${x}", "../x", "x" * 1_000_000],
    )  # fmt: skip
    def test_refuses_any_other_in_one_sentence(self, name: str) -> None:
        (sentence,) = blueprints.check_name(name)

        assert sentence.endswith(".")

    @given(st.text())
    def test_never_raises(self, name: str) -> None:
        assert isinstance(blueprints.check_name(name), list)


class TestCidrOverlaps:
    @pytest.mark.parametrize(
        ("a", "b", "overlaps"),
        [
            ("10.20.0.0/16", "10.20.0.0/16", True),
            ("10.20.0.0/16", "10.20.8.0/21", True),
            ("10.20.8.0/21", "10.20.0.0/16", True),
            ("10.20.0.0/16", "10.21.0.0/16", False),
            ("10.20.0.0/16", "rubbish", False),
        ],
    )
    def test_is_true_where_an_address_lies_in_both(self, a: str, b: str, overlaps: bool) -> None:
        assert blueprints.cidr_overlaps(a, b) is overlaps


def paths(value: Any, prefix: toml_lines.KeyPath = ()) -> list[toml_lines.KeyPath]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, inner in pairs for found in ((*prefix, key), *paths(inner, (*prefix, key)))]


class TestLinesOfKeys:
    def test_finds_every_key_of_a_real_file(self) -> None:
        lines = toml_lines.lines_of_keys(BLUEPRINT)

        assert set(paths(tomllib.loads(BLUEPRINT))) <= set(lines)
        rows = BLUEPRINT.splitlines()
        assert rows[lines["sizes", 1, "approval"] - 1] == 'approval = "person"'
        assert rows[lines["inputs", "nat", "choices", 1, "value"] - 1] == 'value = "none"'
        assert rows[lines["outputs", 0, "name"] - 1] == 'name = "url"'

    def test_is_not_led_astray_by_what_stands_inside_a_value(self) -> None:
        text = 'a = """\n[b]\nc = 1\n"""\n# d = 1\n[e] # f\n"g h".i = [\n  1, # ]\n]\nj = { k = 2 }\n'

        assert toml_lines.lines_of_keys(text) == {
            ("a",): 1,
            ("e",): 6,
            ("e", "g h"): 7,
            ("e", "g h", "i"): 7,
            ("e", "g h", "i", 0): 7,
            ("e", "j"): 10,
            ("e", "j", "k"): 10,
        }
