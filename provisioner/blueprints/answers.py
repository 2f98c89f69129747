"""Answers of the form, the shell or the API: are they what the blueprint asks for?

Every door gives what it has, text or JSON; the answer is typed values, or a sentence beside the field.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from datetime import UTC, date, datetime
from types import MappingProxyType
from typing import Any

from provisioner.blueprints import addresses, dates, lists, numbers, texts
from provisioner.blueprints.definitions import SUPPLIED, Blueprint, Checked, Input
from provisioner.blueprints.refusal import Rejected

WHOLE_FORM = "__all__"
# So many names that are no input are told one by one.
MOST_UNKNOWN = 20
# An input of this name, where it is on, keeps what stands from being destroyed.
PROTECTION = "deletion_protection"
# An empty text is an answer to these.
MAY_BE_EMPTY = ("text", "date")


def check_inputs(
    blueprint: Blueprint,
    raw: Mapping[str, Any],
    *,
    size: str | None,
    standing: Mapping[str, Any] = MappingProxyType({}),
) -> Checked:
    """Type and check the answers in `raw`; what it leaves out comes from the size, then from the default.

    A null is left out. An empty text is "no answer", except for a text or a date. Never raises.
    `errors` has sentences by the input's name, and under "__all__" for the size and for names that are no
    input. An answer that is in `standing` already may stay, though the blueprint would not take it any more.
    """
    today = datetime.now(tz=UTC).date()
    errors: dict[str, list[str]] = {}
    values: dict[str, Any] = {}
    chosen = blueprint.size(size) if isinstance(size, str) else None
    if size is not None and chosen is None:
        offered = ", ".join(each.slug for each in blueprint.sizes) or "none"
        errors[WHOLE_FORM] = [f"There is no size {_shown(size)}. Sizes of this blueprint: {offered}."]
    if strange := _unknown_ones(blueprint, raw):
        errors.setdefault(WHOLE_FORM, []).extend(strange)
    for name, question in blueprint.inputs.items():
        given = raw.get(name)
        # A null is no answer: as one it would stand for Terraform's default, unseen by every check.
        if given is None:
            given = chosen.inputs.get(name, question.default) if chosen else question.default
        try:
            values[name] = _check_new(question, given, today)
        except Rejected as refusal:
            if given is not None and _says_the_same(given, standing.get(name)):
                values[name] = standing[name]
            else:
                errors[name] = [str(refusal)]
    return Checked(values, errors)


def check_value(question: Input, given: Any) -> Any:
    """The typed value of one answer. Raises Unwanted with the sentence that stands beside the field."""
    if given is None or (given == "" and question.kind not in MAY_BE_EMPTY):
        if question.required or (given == "" and question.default is not None):
            raise Rejected(f"An answer is needed. {wanted(question)}".strip())
        return None
    value = _CHECKS[question.kind](question, given)
    if value == "" and question.required:
        raise Rejected(f"An answer is needed. {wanted(question)}".strip())
    return value


def wanted(question: Input) -> str:
    """One sentence about what an input takes, with range and unit; empty where anything goes."""
    if question.kind in ("integer", "number"):
        return numbers.wanted(question)
    if question.kind in ("choice", "choices"):
        return lists.wanted(question)
    if question.kind == "date":
        return dates.wanted(question)
    return question.pattern_help


def variables_for(
    blueprint: Blueprint, *, inputs: Mapping[str, Any], supplied: Mapping[str, str]
) -> dict[str, Any]:
    """Values for a `*.tfvars.json`: the checked inputs, and of `supplied` what the blueprint declares.

    A null is left out, so that Terraform takes the variable's own default; so is a day that nobody gave where
    that default is null.
    """
    values = {
        name: value
        for name, value in inputs.items()
        if name in blueprint.inputs and not _is_null(blueprint.inputs[name], value)
    }
    for name in SUPPLIED & blueprint.terraform_variables:
        if name in supplied:
            values[name] = supplied[name]
    return values


def _check_new(question: Input, given: Any, today: date) -> Any:
    # Not in `check_value`, which also looks at what a blueprint says: that does not become wrong over night.
    value = check_value(question, given)
    dates.refuse_past(question, value, today=today)
    return value


def _is_null(question: Input, value: Any) -> bool:
    return value is None or (value == "" and question.kind == "date" and question.default is None)


def _says_the_same(given: Any, standing: Any) -> bool:
    # A form has everything as text.
    return given == standing or (isinstance(given, str) and given == str(standing))


def _boolean(question: Input, given: Any) -> bool:
    text = given.lower() if isinstance(given, str) and len(given) < 6 else given
    if text is True or text in ("true", "on"):
        return True
    if text is False or text in ("false", "off"):
        return False
    raise Rejected("Say yes or no (true or false).")


def _cidr(question: Input, given: Any) -> str:
    shortest = 8 if question.minimum is None else int(question.minimum)
    longest = 32 if question.maximum is None else int(question.maximum)
    try:
        return addresses.private_range(
            texts.one_line(given).strip(), shortest_prefix=shortest, longest_prefix=longest
        )
    except addresses.NotARange as refusal:
        raise Rejected(str(refusal)) from refusal


_CHECKS = {
    "text": texts.check,
    "integer": numbers.integer,
    "number": numbers.number,
    "boolean": _boolean,
    "choice": lists.choice,
    "choices": lists.choices,
    "cidr": _cidr,
    "date": dates.check,
    "list": lists.texts_of,
    "json": lists.document,
}


def _unknown_ones(blueprint: Blueprint, raw: Mapping[str, Any]) -> list[str]:
    names = [name for name in raw if name not in blueprint.inputs]
    # Looking for what each might mean takes a third of a millisecond: nobody shall send thousands.
    told = [_unknown(blueprint, name) for name in names[:MOST_UNKNOWN]]
    more = len(names) - len(told)
    return [*told, f"And {more} more that it has not."] if more else told


def _unknown(blueprint: Blueprint, name: object) -> str:
    if isinstance(name, str) and name in SUPPLIED:
        return f"{name} is filled in by the portal and cannot be set."
    close = difflib.get_close_matches(str(name)[:80], blueprint.inputs, n=1)
    hint = f" Did you mean {close[0]}?" if close else ""
    return f"There is no input {_shown(name)}.{hint}"


def _shown(value: object) -> str:
    text = str(value) if isinstance(value, (str, int)) else type(value).__name__
    return ascii(text if len(text) <= 40 else text[:40] + "...")
