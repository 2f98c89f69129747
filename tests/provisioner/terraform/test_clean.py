"""What is taken as clean without taking it apart, and what is not."""

import json

import pytest

from provisioner.terraform import clean


@pytest.mark.parametrize("text", ["plain", "\U0001f4a9", 'a "quoted" \\\\u0041 word'])
def test_a_harmless_document_stays_as_it_is(text: str) -> None:
    assert clean.parse_object(json.dumps({"a": [text]})) == {"a": [text]}
    assert json.loads(clean.to_json({"a": [text]})) == {"a": [text]}


@pytest.mark.parametrize("text", ["\0", "\ud800", "half \udfff", "x\0\N{SNOWMAN}"])
def test_what_no_database_would_take_is_replaced_everywhere(text: str) -> None:
    document = {f"key {text}": {"deep": [text]}}

    cleaned = clean.parse_object(json.dumps(document))

    assert cleaned == clean.value(document) != document
    assert json.loads(clean.to_json(document)) == cleaned


def test_what_is_nested_too_deep_is_left_out() -> None:
    deep = {"a": json.loads("[" * 80 + "]" * 80)}

    assert "nested too deep" in str(clean.parse_object(json.dumps(deep)))
    assert "nested too deep" in clean.to_json(deep)
