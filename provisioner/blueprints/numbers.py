"""Number answers."""

from __future__ import annotations

import math
import re
from typing import Any

from provisioner.blueprints.definitions import Input
from provisioner.blueprints.refusal import Rejected
from provisioner.sentences import translate

_WHOLE = re.compile(r"-?[0-9]{1,18}")
_DECIMAL = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?([eE][+-]?[0-9]{1,2})?")
_LARGEST = 10**18


def integer(question: Input, given: Any) -> int:
    """A whole number in the input's range. Raises Rejected."""
    if isinstance(given, str) and _WHOLE.fullmatch(given.strip()):
        given = int(given)
    if isinstance(given, float) and given.is_integer() and abs(given) < _LARGEST:
        given = int(given)
    if not isinstance(given, int) or isinstance(given, bool) or not _fits(question, given):
        raise Rejected(wanted(question))
    return given


def number(question: Input, given: Any) -> int | float:
    """A finite number in the input's range, as int if it is whole. Raises Rejected."""
    if isinstance(given, str) and _DECIMAL.fullmatch(given.strip()):
        given = float(given) if re.search("[.eE]", given) else int(given)
    if not isinstance(given, (int, float)) or isinstance(given, bool) or not _fits(question, given):
        raise Rejected(wanted(question))
    return int(given) if float(given).is_integer() else given


def wanted(question: Input) -> str:
    """The sentence about valid numbers: kind, range, unit."""
    lowest, highest = question.minimum, question.maximum
    values = {
        "lowest": plain(lowest) if lowest is not None else "",
        "highest": plain(highest) if highest is not None else "",
        "unit": f" {question.unit}" if question.unit else "",
    }
    is_whole = question.kind == "integer"
    if lowest is not None and highest is not None:
        if is_whole:
            return translate("Enter a whole number between %(lowest)s and %(highest)s%(unit)s.", **values)
        return translate("Enter a number between %(lowest)s and %(highest)s%(unit)s.", **values)
    if lowest is not None:
        if is_whole:
            return translate("Enter a whole number, at least %(lowest)s%(unit)s.", **values)
        return translate("Enter a number, at least %(lowest)s%(unit)s.", **values)
    if highest is not None:
        if is_whole:
            return translate("Enter a whole number, at most %(highest)s%(unit)s.", **values)
        return translate("Enter a number, at most %(highest)s%(unit)s.", **values)
    if question.unit:
        return _kind_with_unit(question.unit, is_whole=is_whole)
    return translate("Enter a whole number.") if is_whole else translate("Enter a number.")


def plain(number: float) -> str:
    """A number without an exponent: 31536000, not 3.1536e+07."""
    if number == int(number):
        return str(int(number))
    return f"{number:.18f}".rstrip("0") if "e" in repr(number) else repr(number)


def _kind_with_unit(unit: str, *, is_whole: bool) -> str:
    if is_whole:
        return translate("Enter a whole number (%(unit)s).", unit=unit)
    return translate("Enter a number (%(unit)s).", unit=unit)


def _fits(question: Input, value: float) -> bool:
    if abs(value) > _LARGEST or not math.isfinite(value):
        return False
    if question.minimum is not None and value < question.minimum:
        return False
    return question.maximum is None or value <= question.maximum
