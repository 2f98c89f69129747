"""How much work a regular expression can be made to do, read from its structure."""

import importlib
from dataclasses import dataclass
from typing import Any

# Python's own reader of regular expressions; it has no public name.
codes: Any = importlib.import_module("re._constants")
parser: Any = importlib.import_module("re._parser")

_ASCII = frozenset(range(1, 128))
_CATEGORIES = {
    codes.CATEGORY_DIGIT: frozenset(range(48, 58)),
    codes.CATEGORY_SPACE: frozenset({9, 10, 11, 12, 13, 32}),
    codes.CATEGORY_WORD: frozenset({*range(48, 58), *range(65, 91), 95, *range(97, 123)}),
}
_NEGATED = {
    codes.CATEGORY_NOT_SPACE: codes.CATEGORY_SPACE,
    codes.CATEGORY_NOT_DIGIT: codes.CATEGORY_DIGIT,
    codes.CATEGORY_NOT_WORD: codes.CATEGORY_WORD,
}


@dataclass
class Work:
    """`prefix`: characters it must begin with. `ambiguous`: ways in which its quantifiers can share a text.

    `total`: the sum of the quantifiers' widths.
    """

    is_bounded: bool = True
    prefix: int = 0
    ambiguous: int = 1
    total: int = 1


def of(pattern: str) -> Work:
    """The work that the pattern can be made to do from one start."""
    work = Work()
    parsed = parser.parse(pattern)
    work.prefix = _prefix(list(parsed))
    _walk(list(parsed), [], work, is_inside=False)
    return work


def _walk(items: list[Any], after: list[Any], work: Work, *, is_inside: bool) -> None:
    for place, (code, value) in enumerate(items):
        rest = items[place + 1 :] + after
        if code in (codes.MAX_REPEAT, codes.MIN_REPEAT):
            _repeat(value, rest, work, is_inside=is_inside)
        elif code is codes.SUBPATTERN:
            _walk(list(value[3]), rest, work, is_inside=is_inside)
        elif code is codes.BRANCH:
            for branch in value[1]:
                _walk(list(branch), rest, work, is_inside=is_inside)


def _repeat(value: Any, rest: list[Any], work: Work, *, is_inside: bool) -> None:
    least, most, inner = value
    if most is codes.MAXREPEAT or (is_inside and least != most):
        work.is_bounded = False
        return
    work.total += most * max(1, len(list(inner)))
    if least != most and (most > 1) and _first(list(inner)) & _first(rest):
        work.ambiguous *= most - least
    _walk(list(inner), rest, work, is_inside=is_inside or most > 1)


def _first(items: list[Any]) -> frozenset[int]:
    """Characters that a match of these items can begin with."""
    found: frozenset[int] = frozenset()
    for code, value in items:
        starts, can_be_empty = _starts(code, value)
        found |= starts
        if not can_be_empty:
            return found
    return found


def _starts(code: Any, value: Any) -> tuple[frozenset[int], bool]:
    if code is codes.LITERAL:
        return frozenset({value}), False
    if code is codes.NOT_LITERAL:
        return _ASCII - {value}, False
    if code is codes.ANY:
        return _ASCII, False
    if code is codes.IN:
        return _set(value), False
    if code is codes.SUBPATTERN:
        return _first(list(value[3])), False
    if code is codes.BRANCH:
        return frozenset().union(*(_first(list(branch)) for branch in value[1])), False
    if code in (codes.MAX_REPEAT, codes.MIN_REPEAT):
        return _first(list(value[2])), value[0] == 0
    return frozenset(), True  # \b and the like take nothing


def _set(items: Any) -> frozenset[int]:
    found: frozenset[int] = frozenset()
    is_negated = False
    for code, value in items:
        if code is codes.NEGATE:
            is_negated = True
        elif code is codes.LITERAL:
            found |= {value}
        elif code is codes.RANGE:
            found |= frozenset(range(value[0], value[1] + 1))
        elif code is codes.CATEGORY:
            found |= _ASCII - _CATEGORIES[_NEGATED[value]] if value in _NEGATED else _CATEGORIES[value]
    return _ASCII - found if is_negated else found


def _prefix(items: list[Any]) -> int:
    """How many characters at its start are literal; of alternatives the shortest."""
    length = 0
    for code, value in items:
        if code is codes.LITERAL or (code is codes.IN and len(value) <= 4):
            length += 1
        elif code is codes.SUBPATTERN:
            inner = list(value[3])
            length += _prefix(inner)
            if not all(each[0] is codes.LITERAL for each in inner):
                return length
        elif code is codes.BRANCH:
            return length + min(_prefix(list(branch)) for branch in value[1])
        else:
            return length
    return length
