"""Answers from a list of choices, lists of answers, and JSON answers."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from provisioner.blueprints import texts
from provisioner.blueprints.definitions import Input
from provisioner.blueprints.refusal import Rejected
from provisioner.sentences import translate

_LONGEST_JSON_BYTES = 16 * 1024
_MOST_ITEMS = 100
_DEEPEST = 16


def choice(question: Input, given: Any) -> Any:
    """The value of one of the input's choices, with its type. Raises Rejected."""
    if isinstance(given, (str, int, float)):
        for each in question.choices:
            if _same(each.value, given):
                return each.value
    raise Rejected(wanted(question))


def choices(question: Input, given: Any) -> list[Any]:
    """Some of the input's choices, each once, in the order of the choices. Raises Rejected."""
    picked = [choice(question, item) for item in _items(given)]
    return [each.value for each in question.choices if each.value in picked]


def texts_of(question: Input, given: Any) -> list[str]:
    """A list of one-line texts; a text is split at commas and line breaks. Raises Rejected."""
    return [texts.check(question, item) for item in _items(given)]


def document(question: Input, given: Any) -> Any:
    """A JSON value of the shape that the variable's type starts with. Raises Rejected."""
    value = _parsed(given) if isinstance(given, str) else given
    _refuse_odd(value, depth=0)
    texts.refuse_oversize(json.dumps(value), _LONGEST_JSON_BYTES)
    if question.terraform_type.startswith(("list", "set", "tuple")) and not isinstance(value, list):
        raise Rejected(translate('This must be a JSON list, such as ["a", "b"].'))
    if question.terraform_type.startswith(("map", "object")) and not isinstance(value, dict):
        raise Rejected(translate('This must be a JSON object, such as {"name": "value"}.'))
    return value


def wanted(question: Input) -> str:
    """The sentence that lists the choices."""
    values = ", ".join(str(each.value) for each in question.choices)
    return translate("Choose one of: %(values)s.", values=values)


def _same(value: Any, given: str | float) -> bool:
    # True == 1 in Python, and 1 == 1.0: in a form these are different answers.
    if isinstance(given, str):
        return given == (json.dumps(value) if isinstance(value, bool) else str(value))
    return value == given and isinstance(value, bool) == isinstance(given, bool)


def _items(given: Any) -> list[Any]:
    if isinstance(given, str):
        texts.refuse_oversize(given, texts.LONGEST_BYTES)
        given = [item for part in re.split(r"[,\r\n]", given) if (item := part.strip())]
    if not isinstance(given, (list, tuple)):
        raise Rejected(translate("This must be a list with commas between the items."))
    if len(given) > _MOST_ITEMS:
        raise Rejected(translate("At most %(count)s items.", count=_MOST_ITEMS))
    return list(given)


def _parsed(text: str) -> Any:
    texts.refuse_oversize(text, _LONGEST_JSON_BYTES)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        if isinstance(error, json.JSONDecodeError):
            raise Rejected(translate("This is not valid JSON (line %(line)s).", line=error.lineno)) from error
        raise Rejected(translate("This is not valid JSON.")) from error


def _refuse_odd(value: Any, *, depth: int) -> None:
    if depth > _DEEPEST:
        raise Rejected(translate("This is nested too deeply."))
    if isinstance(value, str):
        texts.refuse_oversize(value, _LONGEST_JSON_BYTES)
        texts.refuse_invisible(value.replace("\n", ""))
        texts.refuse_templates(value)
    elif isinstance(value, (list, dict)):
        for item in value:
            _refuse_odd(item, depth=depth + 1)
            if isinstance(value, dict):
                _refuse_key(item)
                _refuse_odd(value[item], depth=depth + 1)
    elif not (value is None or isinstance(value, (bool, int, float))) or not _is_plain_number(value):
        raise Rejected(translate("This is not plain JSON."))


def _refuse_key(key: Any) -> None:
    if not isinstance(key, str):
        raise Rejected(translate("Names in a JSON object must be text."))


def _is_plain_number(value: Any) -> bool:
    # Above 2^53, and for NaN, JSON parsers disagree.
    return value is None or (math.isfinite(value) if isinstance(value, float) else abs(value) < 2**53)
