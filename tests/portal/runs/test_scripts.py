"""The page's scripts: their own tests, and that they write an event's line like Python does."""

import hashlib
import json
import math
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from provisioner.runs import events
from tests.portal.runs import node

TESTS = sorted(path.name for path in node.HERE.glob("*.test.mjs"))


@pytest.mark.parametrize("name", TESTS)
def test_the_tests_of_the_scripts_pass(name: str) -> None:
    report = node.run("--test", name)

    assert "# fail 0" in report
    assert "# pass 0" not in report


def test_node_can_load_every_script_of_the_page() -> None:
    folder = node.HERE.parents[2] / "portal/static/js/run"
    assert list(folder.glob("*.js"))

    for script in sorted(folder.glob("*.js")):
        node.run("--check", str(script))


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NUMBER = st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
VALUE = st.recursive(
    st.none() | st.booleans() | NUMBER | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
EVENT = st.fixed_dictionaries({"seq": st.integers(1, 10**6), "message": TEXT, "data": VALUE})


def in_the_browser(frames: list[list[dict[str, Any]]]) -> dict[str, Any]:
    """Lines and SHA-256 that the page computes from frames like those of the socket."""
    texts = [json.dumps({"events": found}, ensure_ascii=False, separators=(",", ":")) for found in frames]
    answer: dict[str, Any] = json.loads(node.run("python_twin.mjs", given="\n".join(texts)))
    return answer


# Each example is a node process; shrinking a failure would start thousands.
@settings(
    max_examples=8,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(st.lists(st.lists(EVENT, max_size=6), min_size=5, max_size=20))
def test_the_browser_computes_the_same_lines_and_sha_256_as_python(
    frames: list[list[dict[str, Any]]],
) -> None:
    expected = [events.canonical_line(event) for frame in frames for event in frame]

    found = in_the_browser(frames)

    assert found["lines"] == expected
    assert found["sha256"] == hashlib.sha256("".join(expected).encode()).hexdigest()


@pytest.mark.parametrize(
    "value",
    [
        1.0, -0.0, 1e16, 1e-7, 0.1, 2.25, 1e300, math.pi, 2**53, 2**53 + 1, -(2**63), 10**21,
        "\u2028\u2029", "\x00\x1f\x7f", '"\\/', "\U0001f600", "é", "\ufffd", "1.0, [2.5e3", "\t\r\n\b\f",
        {"\U0001f600": 1, "\ufffd": 2, "\ue000": 3, "a": 4}, {"": {}, "10": [], "9": None},
        [{"a\x00b": 1, "c": 2}, {"a": 3, "b\x00c": 4}], [{"a,b": 1}, {"a": 2, "b": 3}], {"__proto__": 1},
    ],
)  # fmt: skip
def test_an_unusual_value_is_written_like_in_python(value: Any) -> None:
    event = {"seq": 1, "data": {"value": value}}

    found = in_the_browser([[event]])

    assert found["lines"] == [events.canonical_line(event)]
