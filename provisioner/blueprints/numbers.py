"""Number answers."""

from __future__ import annotations

import math
import re
from typing import Any

from provisioner.blueprints.definitions import Input
from provisioner.blueprints.refusal import Rejected

_WHOLE = re.compile(r"-?[0-9]{1,18}")
_DECIMAL = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?([eE][+-]?[0-9]{1,2})?")
_LARGEST = 10**18


def integer(question: Input, given: Any) -> int:
    """A whole number in the input's range. Raises Unwanted."""
    if isinstance(given, str) and _WHOLE.fullmatch(given.strip()):
        given = int(given)
    if isinstance(given, float) and given.is_integer() and abs(given) < _LARGEST:
        given = int(given)
    if not isinstance(given, int) or isinstance(given, bool) or not _fits(question, given):
        raise Rejected(wanted(question))
    return given


def number(question: Input, given: Any) -> int | float:
    """A finite number in the input's range, as int where it is whole. Raises Unwanted."""
    if isinstance(given, str) and _DECIMAL.fullmatch(given.strip()):
        given = float(given) if re.search("[.eE]", given) else int(given)
    if not isinstance(given, (int, float)) or isinstance(given, bool) or not _fits(question, given):
        raise Rejected(wanted(question))
    return int(given) if float(given).is_integer() else given


def wanted(question: Input) -> str:
    """The sentence that says what is taken: kind, range, unit."""
    noun = "a whole number" if question.kind == "integer" else "a number"
    unit = f" {question.unit}" if question.unit else ""
    lowest, highest = question.minimum, question.maximum
    if lowest is not None and highest is not None:
        return f"Enter {noun} between {lowest:g} and {highest:g}{unit}."
    if lowest is not None:
        return f"Enter {noun}, at least {lowest:g}{unit}."
    if highest is not None:
        return f"Enter {noun}, at most {highest:g}{unit}."
    return f"Enter {noun}{f' ({question.unit})' if question.unit else ''}."


def _fits(question: Input, value: float) -> bool:
    if abs(value) > _LARGEST or not math.isfinite(value):
        return False
    if question.minimum is not None and value < question.minimum:
        return False
    return question.maximum is None or value <= question.maximum
