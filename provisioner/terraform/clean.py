"""Makes JSON from outside safe to store and to send: no NUL, no lone surrogates, no infinity, no deep
nesting.
"""

import json
import math
import re
from collections.abc import Mapping

STRING_LIMIT = 1 << 20
_DEPTH_LIMIT = 64
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_EXACT_INTEGER_LIMIT = 1 << 53
# What could not be stored, as a character or as an escape in the document's text.
_SUSPECT = re.compile(r"[\0\ud800-\udfff]|\\u(0000|[dD][89a-fA-F])")


def text(value: str) -> str:
    """Replace NUL and lone surrogates by U+FFFD: PostgreSQL and UTF-8 reject them. Cut after 1 MiB, with a
    mark.
    """
    if len(value) <= STRING_LIMIT and value.isascii() and "\0" not in value:
        return value
    if len(value) > STRING_LIMIT:
        value = f"{value[:STRING_LIMIT]} ... [truncated: {len(value) - STRING_LIMIT} characters left out]"
    return _UNSTORABLE.sub("\ufffd", value)


def value(given: object, *, depth: int = 0) -> object:
    """Clean a JSON value. What is nested deeper than 64 levels is left out."""
    if isinstance(given, str):
        return text(given)
    if depth > _DEPTH_LIMIT:
        return "[nested too deeply]"
    if isinstance(given, dict):
        return _object(given, depth)
    if isinstance(given, list):
        return [value(item, depth=depth + 1) for item in given]
    return given


def _object(given: Mapping[str, object], depth: int) -> dict[str, object]:
    return {text(str(key)): value(item, depth=depth + 1) for key, item in given.items()}


def parse_object(line: str) -> dict[str, object] | None:
    """The JSON object of a line, cleaned. None if the line is anything else."""
    try:
        parsed = _DECODER.decode(line)
        if not isinstance(parsed, dict):
            return None
        return parsed if _is_clean(line) else _object(parsed, 0)
    except (ValueError, RecursionError):
        return None


def to_json(given: Mapping[str, object]) -> str:
    """The object as JSON text, cleaned."""
    written = json.dumps(given)
    return written if _is_clean(written) else json.dumps(value(given))


def _is_clean(document: str) -> bool:
    # Most lines are clean. Checking their text takes a tenth of the time of walking through the values.
    return (
        len(document) <= STRING_LIMIT
        and document.count("{") + document.count("[") <= _DEPTH_LIMIT
        and (_is_plain(document) or not _SUSPECT.search(document))
    )


def _is_plain(document: str) -> bool:
    # Cannot match _SUSPECT. These three searches take a twentieth of the regular expression's time.
    return document.isascii() and "\\u" not in document and "\0" not in document


def _number(literal: str) -> float | int | str:
    number = float(literal)
    if not math.isfinite(number):
        return literal
    if number.is_integer() and abs(number) < _EXACT_INTEGER_LIMIT:
        return int(number)
    return number


_DECODER = json.JSONDecoder(parse_float=_number, parse_constant=str)
