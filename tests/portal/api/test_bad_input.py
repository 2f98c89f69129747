"""Whatever a program sends: a 4xx with a list of fields, and nothing is created."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from provisioner.models import Environment, Run
from tests.support.portal import Program

ENVIRONMENTS = "/api/v1/environments/"

BAD_NAMES = [
    "", " ", "a", "a" * 33, "A-big-name", "-lead", "trail-", "two--hyphens", "../etc", "${var.x}", "a\nb",
    "a\x00b", "caf\u00e9", "x" * 100_000, 7, 1.5, True, None, [], ["web"], {"a": 1},
]  # fmt: skip
BAD_INPUTS = [
    ("count_of_boxes", 0),
    ("count_of_boxes", 6),
    ("count_of_boxes", -1),
    ("count_of_boxes", 10**400),
    ("count_of_boxes", 2.5),
    ("count_of_boxes", "many"),
    ("count_of_boxes", True),
    ("count_of_boxes", []),
    ("count_of_boxes", {}),
    ("network", "10.0.0.0"),
    ("network", "10.0.0.0/33"),
    ("network", "10.0.0.1/16"),
    ("network", "8.8.8.0/24"),
    ("network", "${cidrsubnet(x)}"),
    ("network", "10.0.0.0/16\n"),
    ("network", "-10.0.0.0/16"),
    ("network", "../../etc/passwd"),
    ("network", 10),
    ("colour", "green"),
    ("colour", ["red"]),
    ("colour", "red\x00"),
    ("label", "a\x00b"),
    ("label", 5),
    ("label", ["x"]),
    ("password", {"a": "b"}),
]


def assert_refused(response: Any, field: str | None = None) -> None:
    """A 4xx whose errors are sentences by field; nothing was created."""
    assert 400 <= response.status_code < 500, response.content[:300]
    errors = response.json()["errors"]
    assert errors
    assert all(found and all(isinstance(each, str) for each in found) for found in errors.values())
    if field is not None:
        assert field in errors
    assert not Environment.objects.exists()
    assert not Run.objects.exists()


class TestAnOrderWith:
    @pytest.mark.parametrize("name", BAD_NAMES, ids=lambda name: repr(name)[:20])
    def test_a_bad_name_is_refused_beside_the_name(self, program: Program, name: Any) -> None:
        assert_refused(program.order(name=name), "name")

    @pytest.mark.parametrize(("field", "value"), BAD_INPUTS, ids=lambda each: repr(each)[:24])
    def test_a_bad_input_is_refused_beside_the_input(self, program: Program, field: str, value: Any) -> None:
        assert_refused(program.order(inputs={field: value}), field)

    @pytest.mark.parametrize("field", ["blueprint", "account", "team", "size"])
    @pytest.mark.parametrize("value", [5, None, [], {}, "no-such", "../boxes", "a\x00b", "x" * 5000])
    def test_a_bad_word_is_refused(self, program: Program, field: str, value: Any) -> None:
        assert_refused(program.order(**{field: value}))

    @pytest.mark.parametrize("inputs", [5, "x", [], [["a", "b"]], None, True])
    def test_inputs_that_are_no_object_is_refused_beside_them(self, program: Program, inputs: Any) -> None:
        assert_refused(program.order(inputs=inputs), "inputs")

    def test_unknown_names_is_refused_rather_than_partly_understood(self, program: Program) -> None:
        assert_refused(program.order(inptus={"colour": "blue"}), "inptus")
        assert_refused(program.order(inputs={"color": "blue"}), "__all__")
        assert_refused(program.order(inputs={"environment_id": "1"}), "__all__")

    def test_several_mistakes_is_reported_all_of_them(self, program: Program) -> None:
        response = program.order(name="X", inputs={"colour": "green", "count_of_boxes": 99})

        assert_refused(response)
        assert set(response.json()["errors"]) == {"name", "colour", "count_of_boxes"}


class TestABody:
    @pytest.mark.parametrize(
        "body",
        [
            b"", b"{", b"[]", b"null", b"5", b'"text"', b"\xff\xfe", b"{'a': 1}", b"a=b", b"\x00",
            b'{"blueprint": NaN}', b'{"blueprint": "boxes", "name": "\\ud800"}', b"[" * 100_000,
            b'{"blueprint": "boxes", "name": "web-2", "inputs": {"count_of_boxes": 1e999}}',
            b'{"a": ' * 5000 + b"1" + b"}" * 5000, b'{"name": 1' + b"0" * 5000 + b"}",
        ],
        ids=lambda body: repr(body[:24]),
    )  # fmt: skip
    def test_that_is_no_order_is_refused(self, program: Program, body: bytes) -> None:
        assert_refused(program.post(ENVIRONMENTS, body, content_type="application/json"))

    def test_of_a_megabyte_is_too_large(self, program: Program) -> None:
        body = json.dumps({"blueprint": "boxes", "name": "web-2", "inputs": {"label": "x" * 2**20}})

        response = program.post(ENVIRONMENTS, body, content_type="application/json")

        assert_refused(response)
        assert response.status_code == 413

    @pytest.mark.parametrize(
        "content_type",
        ["text/plain", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "x"],
    )
    def test_of_another_kind_is_refused(self, program: Program, content_type: str) -> None:
        response = program.post(ENVIRONMENTS, b"blueprint=boxes&name=web-2", content_type=content_type)

        assert_refused(response)
        assert response.status_code == 415

    @pytest.mark.parametrize("verb", ["put", "patch", "options", "trace"])
    def test_with_another_verb_creates_nothing(self, program: Program, verb: str) -> None:
        response = getattr(program, verb)(ENVIRONMENTS)

        assert response.status_code in (200, 405)
        assert not Environment.objects.exists()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=8,
)
input_names = st.sampled_from(["count_of_boxes", "network", "colour", "label", "password"]) | st.text(
    max_size=10
)


@given(
    name=json_values | st.from_regex(r"[a-z][a-z0-9-]{1,40}", fullmatch=True),
    inputs=st.dictionaries(input_names, json_values, max_size=4) | json_values,
    size=json_values | st.sampled_from(["small", "guarded", ""]),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_order_is_taken_whole_or_refused_with_fields(
    program: Program, name: Any, inputs: Any, size: Any
) -> None:
    Environment.objects.all().delete()

    response = program.order(name=name, inputs=inputs, size=size)

    if response.status_code == 201:
        assert Environment.objects.get().name == name
        assert Run.objects.count() == 1
    else:
        assert_refused(response)
