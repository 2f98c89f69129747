"""Answers out of a list, lists of answers, and structured ones as JSON."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from provisioner.blueprints import texts
from provisioner.blueprints.definitions import Input
from provisioner.blueprints.refusal import Rejected

_LONGEST_JSON_BYTES = 16 * 1024
_MOST_ITEMS = 100
_DEEPEST = 16


def choice(question: Input, given: Any) -> Any:
    """The value of one of the input's choices, typed as there. Raises Unwanted."""
    if isinstance(given, (str, int, float)):
        for each in question.choices:
            if _same(each.value, given):
                return each.value
    raise Rejected(wanted(question))


def choices(question: Input, given: Any) -> list[Any]:
    """Some of the input's choices, each once, in the order of the choices. Raises Unwanted."""
    picked = [choice(question, item) for item in _items(given)]
    return [each.value for each in question.choices if each.value in picked]


def texts_of(question: Input, given: Any) -> list[str]:
    """A list of one-line texts; a text is split at commas and line breaks. Raises Unwanted."""
    return [texts.check(question, item) for item in _items(given)]


def document(question: Input, given: Any) -> Any:
    """A JSON value of the shape that the variable's type begins with. Raises Unwanted."""
    value = _parsed(given) if isinstance(given, str) else given
    _refuse_odd(value, depth=0)
    texts.refuse_oversize(json.dumps(value), _LONGEST_JSON_BYTES)
    if question.terraform_type.startswith(("list", "set", "tuple")) and not isinstance(value, list):
        raise Rejected('Write a JSON list, such as ["a", "b"].')
    if question.terraform_type.startswith(("map", "object")) and not isinstance(value, dict):
        raise Rejected('Write a JSON object, such as {"name": "value"}.')
    return value


def wanted(question: Input) -> str:
    """The sentence that names the choices."""
    return "Choose " + ", ".join(str(each.value) for each in question.choices) + "."


def _same(value: Any, given: str | float) -> bool:
    # True == 1 in Python, and 1 == 1.0: in a form neither stands for the other.
    if isinstance(given, str):
        return given == (json.dumps(value) if isinstance(value, bool) else str(value))
    return value == given and isinstance(value, bool) == isinstance(given, bool)


def _items(given: Any) -> list[Any]:
    if isinstance(given, str):
        texts.refuse_oversize(given, texts.LONGEST_BYTES)
        given = [item for part in re.split(r"[,\r\n]", given) if (item := part.strip())]
    if not isinstance(given, (list, tuple)):
        raise Rejected("Give a list: items separated by commas.")
    if len(given) > _MOST_ITEMS:
        raise Rejected(f"At most {_MOST_ITEMS} items.")
    return list(given)


def _parsed(text: str) -> Any:
    texts.refuse_oversize(text, _LONGEST_JSON_BYTES)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise Rejected(f"This is not valid JSON{where}.") from error


def _refuse_odd(value: Any, *, depth: int) -> None:
    if depth > _DEEPEST:
        raise Rejected("This is nested too deeply.")
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
        raise Rejected("This is not plain JSON.")


def _refuse_key(key: Any) -> None:
    if not isinstance(key, str):
        raise Rejected("Names in a JSON object are text.")


def _is_plain_number(value: Any) -> bool:
    # Beyond 2^53 and with NaN, JSON readers disagree.
    return value is None or (math.isfinite(value) if isinstance(value, float) else abs(value) < 2**53)
