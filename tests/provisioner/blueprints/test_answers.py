from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioner import blueprints
from provisioner.blueprints import answers

GOOD = {"contact": "ops@example.com"}


def check(blueprint: blueprints.Blueprint, size: str | None = None, **raw: Any) -> blueprints.Checked:
    return blueprints.check_inputs(blueprint, {**GOOD, **raw}, size=size)


class TestValues:
    def test_are_complete_and_typed(self, small: blueprints.Blueprint) -> None:
        checked = check(small)

        assert checked.errors == {}
        assert checked.values == {
            "vpc_cidr": "10.20.0.0/16",
            "zones": 2,
            "nat": "single",
            "note": "",
            "contact": "ops@example.com",
            "deletion_protection": False,
            "ports": ["80"],
            "features": [],
            "tags": {"a": "b"},
            "ratio": None,
            "word": "x",
        }

    def test_come_from_the_size_before_the_default_and_from_the_person_before_both(
        self, small: blueprints.Blueprint
    ) -> None:
        assert check(small, "dev").values["nat"] == "none"
        assert check(small, "production").values["zones"] == 3
        assert check(small, "production", zones="2").values["zones"] == 2

    def test_take_null_for_left_out_so_that_none_stands_for_a_default_unseen(
        self, small: blueprints.Blueprint
    ) -> None:
        assert check(small, vpc_cidr=None).values["vpc_cidr"] == "10.20.0.0/16"
        assert check(small, "production", zones=None).values["zones"] == 3

    @pytest.mark.parametrize(
        ("name", "given", "value"),
        [
            ("zones", "3", 3),
            ("zones", 3, 3),
            ("zones", 3.0, 3),
            ("zones", " 3 ", 3),
            ("ratio", "0.5", 0.5),
            ("ratio", "-2", -2),
            ("ratio", "1e3", 1000),
            ("ratio", "", None),
            ("ratio", None, None),
            ("deletion_protection", "true", True),
            ("deletion_protection", "on", True),
            ("deletion_protection", True, True),
            ("deletion_protection", "false", False),
            ("deletion_protection", False, False),
            ("nat", "none", "none"),
            ("features", "logs, waf", ["waf", "logs"]),
            ("features", ["logs"], ["logs"]),
            ("features", [], []),
            ("ports", "80\r\n443", ["80", "443"]),
            ("ports", ["80", "443"], ["80", "443"]),
            ("tags", '{"a": 1, "b": null}', {"a": 1, "b": None}),
            ("tags", {"a": [True]}, {"a": [True]}),
            ("vpc_cidr", "192.168.0.0/20", "192.168.0.0/20"),
            ("note", "", ""),
            ("note", 'text "with" quotes, ümläut & $HOME', 'text "with" quotes, ümläut & $HOME'),
        ],
    )  # fmt: skip
    def test_are_taken_as_text_and_as_json(
        self, small: blueprints.Blueprint, name: str, given: Any, value: Any
    ) -> None:
        checked = check(small, **{name: given})

        assert checked.errors == {}
        assert checked.values[name] == value
        assert type(checked.values[name]) is type(value)


ZONES = "Enter a whole number between 2 and 3 zones."
REFUSED = [
    ("zones", "3.7", ZONES),
    ("zones", 3.7, ZONES),
    ("zones", "4", ZONES),
    ("zones", "-2", ZONES),
    ("zones", "two", ZONES),
    ("zones", True, ZONES),
    ("zones", [3], ZONES),
    ("zones", "٣", ZONES),
    ("zones", "9" * 1_000_000, ZONES),
    ("zones", "", "An answer is required. " + ZONES),
    ("ratio", "NaN", "Enter a number."),
    ("ratio", float("inf"), "Enter a number."),
    ("ratio", "1e99", "Enter a number."),
    ("ratio", 10**400, "Enter a number."),
    ("deletion_protection", "yes", "This must be yes or no"),
    ("deletion_protection", 1, "This must be yes or no"),
    ("deletion_protection", "", "An answer is required."),
    ("nat", "per_zone", "Choose one of: single, none."),
    ("nat", ["single"], "Choose one of: single, none."),
    ("features", "waf,fire", "Choose one of: waf, logs."),
    ("features", {"waf": 1}, "This must be a list"),
    ("features", ["waf"] * 101, "At most 100 items."),
    ("ports", ["80", 443], "This must be text."),
    ("ports", ["${x}"], "never an expression"),
    ("tags", "{", "This is not valid JSON (line 1)."),
    ("tags", "[]", "This must be a JSON object"),
    ("tags", '{"a": NaN}', "This is not plain JSON."),
    ("tags", '{"a": "${x}"}', "never an expression"),
    ("tags", '{"a": "\\u0000"}', "invisible characters"),
    ("tags", "[" * 16_000, "This is not valid JSON"),
    ("tags", json.loads("[" * 40 + "]" * 40), "nested too deeply"),
    ("tags", {1: "a"}, "Names in a JSON object must be text."),
    ("tags", {"a": object()}, "This is not plain JSON."),
    ("tags", {"a": "x" * 20_000}, "too long. At most 16 KiB"),
    ("note", 7, "This must be text."),
    ("note", "a\0b", "invisible characters"),
    ("note", "a\nb", "must be one line"),
    ("note", "a\x1b[31m", "invisible characters"),
    ("note", "abc\u202edef", "invisible characters"),
    ("note", "\ud800", "invisible characters"),
    ("note", "-destroy", "This must not start with a hyphen."),
    ("note", "../../etc", '"../" is not allowed'),
    ("note", "${aws_db_instance.x.password}", "never an expression"),
    ("note", "%{ if true }x%{ endif }", "never an expression"),
    ("note", "x" * 4097, "too long. At most 4 KiB"),
    ("note", "ü" * 2049, "too long. At most 4 KiB"),
    ("note", "x" * 1_000_000, "too long. At most 4 KiB"),
    ("contact", "", "An answer is required. Write an e-mail address."),
    ("contact", None, "An answer is required. Write an e-mail address."),
    ("contact", "nobody", "Write an e-mail address."),
    ("contact", "a@b\n", "must be one line"),
    ("vpc_cidr", "10.20.1.5/16", "starts at 10.20.0.0/16. Enter that instead"),
    ("vpc_cidr", "10.20.0.0", "with its size, such as 10.20.0.0/16"),
    ("vpc_cidr", "10.20.0.0/255.255.0.0", "with its size"),
    ("vpc_cidr", "10.20.0.0/33", "not an IPv4 range"),
    ("vpc_cidr", "300.1.0.0/16", "not an IPv4 range"),
    ("vpc_cidr", "fd00::/48", "not an IPv4 range"),
    ("vpc_cidr", "8.8.0.0/16", "8.8.0.0/16 is not private"),
    ("vpc_cidr", "172.32.0.0/16", "is not private"),
    ("vpc_cidr", "10.0.0.0/8", "from /16 to /22; this is /8"),
    ("vpc_cidr", "10.20.0.0/24", "from /16 to /22; this is /24"),
    ("vpc_cidr", 10, "This must be text."),
    ("vpc_cidr", "10.20.0.0/٦", "with its size"),
]  # fmt: skip


class TestRefusals:
    @pytest.mark.parametrize(("name", "given", "message"), REFUSED, ids=range(len(REFUSED)))
    def test_stand_beside_the_field_and_say_what_is_wanted(
        self, small: blueprints.Blueprint, name: str, given: Any, message: str
    ) -> None:
        checked = check(small, **{name: given})

        assert list(checked.errors) == [name]
        assert message in checked.errors[name][0]
        assert len(checked.errors[name][0]) < 200
        assert name not in checked.values

    def test_of_several_fields_come_together(self, small: blueprints.Blueprint) -> None:
        checked = check(small, zones="9", vpc_cidr="x", contact="")

        assert sorted(checked.errors) == ["contact", "vpc_cidr", "zones"]

    def test_of_an_unknown_name_tell_the_close_one(self, small: blueprints.Blueprint) -> None:
        checked = blueprints.check_inputs(small, {**GOOD, "zonse": 2, "owner": "m", "x" * 999: 1}, size=None)

        first, second, third = checked.errors["__all__"]
        assert first == "There is no input 'zonse'. Did you mean zones?"
        assert second == "The portal sets owner. It cannot be changed."
        assert len(third) < 100

    def test_of_thousands_of_unknown_names_tell_the_first(self, small: blueprints.Blueprint) -> None:
        checked = blueprints.check_inputs(small, {f"zones{n}": 1 for n in range(5000)}, size=None)

        listed = checked.errors["__all__"]
        assert len(listed) == answers.MOST_UNKNOWN + 1
        assert listed[-1] == f"And {5000 - answers.MOST_UNKNOWN} more unknown inputs."

    def test_of_an_unknown_size_name_the_sizes(self, small: blueprints.Blueprint) -> None:
        checked = check(small, "huge")

        assert checked.errors == {
            "__all__": ["There is no size 'huge'. Sizes of this blueprint: dev, production."]
        }

    def test_do_not_hit_a_dollar_brace_that_the_pattern_allows(self, small: blueprints.Blueprint) -> None:
        inputs = {**small.inputs, "note": replace(small.inputs["note"], pattern=r"[a-z]*\$\{[a-z]+\}")}
        blueprint = replace(small, inputs=inputs)

        assert check(blueprint, note="log${format}").values["note"] == "log${format}"
        assert "never an expression" in check(blueprint, note="${A}").errors["note"][0]


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary()
    | st.dates()
    | st.from_regex(r"\A-?[0-9.]{1,9}(/[0-9]{1,3})?\Z")
    | st.sampled_from(["${x}", "10.0.0.0/16", "../", "-x", "on", "single", "{}", "[[", "\0", "x" * 5000]),
    lambda inner: st.lists(inner) | st.tuples(inner) | st.dictionaries(st.text() | st.integers(), inner),
    max_leaves=8,
)
NAMES = [
    "vpc_cidr",
    "zones",
    "nat",
    "note",
    "contact",
    "deletion_protection",
    "ports",
    "features",
    "tags",
    "ratio",
]


class TestWithAnything:
    @settings(deadline=None, max_examples=150)
    @given(
        raw=st.dictionaries(st.sampled_from(NAMES) | st.text() | st.integers(), ANYTHING, max_size=6),
        size=st.none() | st.sampled_from(["dev", "production"]) | st.text(),
    )
    def test_it_never_raises_and_what_it_accepts_is_json_again(
        self, small: blueprints.Blueprint, raw: dict[Any, Any], size: str | None
    ) -> None:
        checked = blueprints.check_inputs(small, raw, size=size)

        assert set(checked.errors) <= {*small.inputs, "__all__"}
        assert all(isinstance(line, str) and line for lines in checked.errors.values() for line in lines)
        assert json.loads(json.dumps(checked.values, allow_nan=False)) == checked.values
        assert set(checked.values) | set(checked.errors) >= set(small.inputs)

    @settings(deadline=None, max_examples=50)
    @given(raw=st.dictionaries(st.sampled_from(NAMES), ANYTHING, max_size=6))
    def test_what_it_accepts_it_accepts_again(self, small: blueprints.Blueprint, raw: dict[str, Any]) -> None:
        accepted = blueprints.check_inputs(small, {**GOOD, **raw}, size=None)
        again = {**GOOD, **accepted.values}

        assert blueprints.check_inputs(small, again, size=None).errors == {}


class TestVariablesFor:
    def test_passes_the_inputs_and_of_the_supplied_ones_what_is_declared(
        self, small: blueprints.Blueprint
    ) -> None:
        supplied = {"environment_name": "shop", "owner": "alice"}

        variables = blueprints.variables_for(small, inputs=check(small).values, supplied=supplied)

        assert variables["environment_name"] == "shop"
        assert variables["zones"] == 2
        assert "owner" not in variables
        assert "ratio" not in variables

    def test_never_lets_an_answer_take_the_place_of_a_supplied_one(self, small: blueprints.Blueprint) -> None:
        variables = blueprints.variables_for(
            small, inputs={"environment_name": "forged", "unknown": 1}, supplied={"environment_name": "shop"}
        )

        assert variables == {"environment_name": "shop"}
