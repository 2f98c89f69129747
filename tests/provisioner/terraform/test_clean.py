"""Which JSON documents are stored unchanged, and which are cleaned."""

import json

import pytest

from provisioner.terraform import clean


@pytest.mark.parametrize("text", ["plain", "\U0001f4a9", 'a "quoted" \\\\u0041 word'])
def test_a_clean_document_is_unchanged(text: str) -> None:
    assert clean.parse_object(json.dumps({"a": [text]})) == {"a": [text]}
    assert json.loads(clean.to_json({"a": [text]})) == {"a": [text]}


@pytest.mark.parametrize("text", ["\0", "\ud800", "half \udfff", "x\0\N{SNOWMAN}"])
def test_characters_that_databases_reject_are_replaced_everywhere(text: str) -> None:
    document = {f"key {text}": {"deep": [text]}}

    cleaned = clean.parse_object(json.dumps(document))

    assert cleaned == clean.value(document) != document
    assert json.loads(clean.to_json(document)) == cleaned


def test_values_that_are_nested_too_deep_are_left_out() -> None:
    deep = {"a": json.loads("[" * 80 + "]" * 80)}

    assert "nested too deep" in str(clean.parse_object(json.dumps(deep)))
    assert "nested too deep" in clean.to_json(deep)
