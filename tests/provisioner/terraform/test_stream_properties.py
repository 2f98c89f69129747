"""The parser accepts any input, and its result can be stored and sent."""

import json
import math
from collections.abc import Iterator
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from provisioner.terraform import stream

TYPES = [
    *("version", "log", "diagnostic", "resource_drift", "planned_change", "change_summary", "outputs"),
    *("apply_start", "apply_progress", "apply_complete", "apply_errored", "provision_progress"),
    *("refresh_start", "refresh_complete", "ephemeral_op_start", "state_lock_acquire", "init_output"),
    *("test_run", "step_start", "step_end", "stop_asked", "never_heard"),
]
KEYS = [
    *("@level", "@message", "@timestamp", "type", "ui", "hook", "change", "changes", "diagnostic", "outputs"),
    *(
        "state",
        "phase",
        "resource",
        "addr",
        "action",
        "range",
        "start",
        "line",
        "snippet",
        "sensitive",
        "value",
    ),
    *("elapsed_seconds", "severity", "step", "exit_code", "seconds", "message_code"),
]
# With lone surrogates: JSON can have them as escapes.
TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=20)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | TEXT | st.sampled_from(TYPES)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS) | TEXT, inner, max_size=6)
    ),
    max_leaves=20,
)
OBJECTS = st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=8)


def parse(raw: bytes) -> stream.Message | None:
    try:
        return stream.parse(raw)
    except stream.UnsupportedStream:
        return None


def strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for inner in (
        [*value, *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else []
    ):
        yield from strings(inner)


def assert_can_be_stored(message: stream.Message | None) -> None:
    if message is None:
        return
    whole = [message.type, message.level, message.message, message.resource, message.phase, message.data]
    json.dumps(whole, allow_nan=False, ensure_ascii=False).encode()
    assert not [text for text in strings(whole) if "\0" in text]
    assert message.level in {"trace", "debug", "info", "warn", "error"}
    assert 1 <= len(message.type) <= 64
    assert message.at is None or message.at.utcoffset() == timedelta()


@given(st.binary(max_size=300))
@settings(max_examples=150, deadline=None)
def test_any_bytes_become_a_message_that_can_be_stored(raw: bytes) -> None:
    message = parse(raw)

    assert_can_be_stored(message)


@given(OBJECTS)
@settings(max_examples=200, deadline=None)
def test_any_object_becomes_a_message_that_can_be_stored(content: dict[str, object]) -> None:
    message = parse(json.dumps(content).encode())

    assert_can_be_stored(message)


@given(st.sampled_from(TYPES), OBJECTS, st.integers(0, 400))
@settings(max_examples=150, deadline=None)
def test_a_state_is_never_shown_however_its_line_was_truncated(
    kind: object, content: dict[str, object], cut: int
) -> None:
    given_line = (
        {"@message": "x"} | {"state": "canary-state"} | content | {"type": kind, "state": "canary-state"}
    )
    raw = json.dumps(given_line).encode()

    for candidate in (raw, raw[: max(0, len(raw) - cut)]):
        message = parse(candidate)
        assert message is None or "canary-state" not in repr(message)


@given(st.floats(allow_nan=False, allow_infinity=False))
@settings(max_examples=200, deadline=None)
def test_a_number_keeps_its_value_and_is_an_integer_if_possible(number: float) -> None:
    hook: dict[str, object] = {"resource": {"addr": "a.b"}, "elapsed_seconds": number}

    message = stream.parse(json.dumps({"type": "apply_progress", "@message": "", "hook": hook}).encode())

    assert message.data["elapsed_seconds"] == number
    whole = math.isfinite(number) and number.is_integer() and abs(number) < 1 << 53
    assert isinstance(message.data["elapsed_seconds"], int) == whole
