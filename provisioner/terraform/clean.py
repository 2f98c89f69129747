"""Makes foreign JSON safe to store and to send: no NUL, no lone surrogates, no infinity, no deep nesting."""

import json
import math
import re
from typing import Any

STRING_LIMIT = 1 << 20
_DEPTH_LIMIT = 64
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_EXACT_INTEGER_LIMIT = 1 << 53
# In the text of a document: characters that cannot be stored, directly or as an escape.
_SUSPECT = re.compile(r"[\0\ud800-\udfff]|\\u(0000|[dD][89a-fA-F])")


def text(value: str) -> str:
    """PostgreSQL refuses NUL, UTF-8 refuses lone surrogates: both become U+FFFD.

    Cut and marked above 1 MiB.
    """
    if len(value) <= STRING_LIMIT and value.isascii() and "\0" not in value:
        return value
    if len(value) > STRING_LIMIT:
        value = f"{value[:STRING_LIMIT]} ... [cut here: {len(value) - STRING_LIMIT} characters left out]"
    return _UNSTORABLE.sub("\ufffd", value)


def value(given: Any, *, depth: int = 0) -> Any:
    """The same value in a form that every database and browser accepts, without what is deeper than 64
    levels.
    """
    if isinstance(given, str):
        return text(given)
    if depth > _DEPTH_LIMIT:
        return "[nested too deeply]"
    if isinstance(given, dict):
        return {text(str(key)): value(item, depth=depth + 1) for key, item in given.items()}
    if isinstance(given, list):
        return [value(item, depth=depth + 1) for item in given]
    return given


def parse_object(line: str) -> dict[str, Any] | None:
    """The JSON object of a line, cleaned; None if the line is anything else."""
    try:
        parsed = _DECODER.decode(line)
        if not isinstance(parsed, dict):
            return None
        return parsed if _is_clean(line) else value(parsed)
    except (ValueError, RecursionError):
        return None


def to_json(given: dict[str, Any]) -> str:
    """The value as clean JSON."""
    written = json.dumps(given)
    return written if _is_clean(written) else json.dumps(value(given))


def _is_clean(document: str) -> bool:
    # Most lines are clean; to search their complete text takes a tenth of the time of parsing it.
    return (
        len(document) <= STRING_LIMIT
        and document.count("{") + document.count("[") <= _DEPTH_LIMIT
        and (_is_plain(document) or not _SUSPECT.search(document))
    )


def _is_plain(document: str) -> bool:
    # Without these three the pattern cannot match: three searches in C take a twentieth of its time.
    return document.isascii() and "\\u" not in document and "\0" not in document


def _number(literal: str) -> float | int | str:
    number = float(literal)
    if not math.isfinite(number):
        return literal
    if number.is_integer() and abs(number) < _EXACT_INTEGER_LIMIT:
        return int(number)
    return number


_DECODER = json.JSONDecoder(parse_float=_number, parse_constant=str)
