"""Answers of the form, the shell or the API: whether they are valid for the blueprint.

Each gives what it has, text or JSON; the result is typed values, or a sentence per field.
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
from provisioner.sentences import translate, translate_plural

WHOLE_FORM = "__all__"
# At most this many unknown names are listed one by one.
MOST_UNKNOWN = 20
# An input of this name, if it is on, protects the environment against a destroy.
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
    """Type and check the answers in `raw`; missing ones come from the size, then from the default.

    A null counts as missing. An empty text is "no answer", except for a text or a date. Never raises.
    `errors` has sentences by the input's name, and under "__all__" for the size and for unknown names. An
    answer that is already in `standing` stays valid, though the blueprint would no longer accept it.
    """
    today = datetime.now(tz=UTC).date()
    errors: dict[str, list[str]] = {}
    values: dict[str, Any] = {}
    chosen = blueprint.size(size) if isinstance(size, str) else None
    if size is not None and chosen is None:
        offered = ", ".join(each.slug for each in blueprint.sizes) or translate("none")
        sentence = translate(
            "There is no size %(size)s. Sizes of this blueprint: %(sizes)s.", size=_shown(size), sizes=offered
        )
        errors[WHOLE_FORM] = [sentence]
    if strange := _unknown_ones(blueprint, raw):
        errors.setdefault(WHOLE_FORM, []).extend(strange)
    for name, question in blueprint.inputs.items():
        given = raw.get(name)
        # A null is no answer: it would become Terraform's default, which no check has seen.
        if given is None:
            given = chosen.inputs.get(name, question.default) if chosen else question.default
        try:
            values[name] = _check_new(question, given, today)
        except Rejected as refusal:
            if given is not None and _is_same(given, standing.get(name)):
                values[name] = standing[name]
            else:
                errors[name] = [str(refusal)]
    return Checked(values, errors)


def check_value(question: Input, given: Any) -> Any:
    """The typed value of one answer. Raises Rejected with the sentence for its field."""
    if given is None or (given == "" and question.kind not in MAY_BE_EMPTY):
        if question.required or (given == "" and question.default is not None):
            raise Rejected(f"{translate('An answer is required.')} {wanted(question)}".strip())
        return None
    value = _CHECKS[question.kind](question, given)
    if value == "" and question.required:
        raise Rejected(f"{translate('An answer is required.')} {wanted(question)}".strip())
    return value


def wanted(question: Input) -> str:
    """One sentence about valid answers, with range and unit; empty if everything is valid."""
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

    A null is left out, so that Terraform uses the variable's own default; so is a missing date if that
    default is null.
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
    # Not in `check_value`, which also checks the blueprint's own values: those do not become wrong overnight.
    value = check_value(question, given)
    dates.refuse_past(question, value, today=today)
    return value


def _is_null(question: Input, value: Any) -> bool:
    return value is None or (value == "" and question.kind == "date" and question.default is None)


def _is_same(given: Any, standing: Any) -> bool:
    # A form has all values as text.
    return given == standing or (isinstance(given, str) and given == str(standing))


def _boolean(question: Input, given: Any) -> bool:
    text = given.lower() if isinstance(given, str) and len(given) < 6 else given
    if text is True or text in ("true", "on"):
        return True
    if text is False or text in ("false", "off"):
        return False
    raise Rejected(translate("This must be yes or no (true or false)."))


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
    # To find a similar name takes a third of a millisecond: not for thousands of names.
    listed = [_unknown(blueprint, name) for name in names[:MOST_UNKNOWN]]
    more = len(names) - len(listed)
    if not more:
        return listed
    return [
        *listed,
        translate_plural("And %(count)s more unknown input.", "And %(count)s more unknown inputs.", more),
    ]


def _unknown(blueprint: Blueprint, name: object) -> str:
    if isinstance(name, str) and name in SUPPLIED:
        return translate("The portal sets %(name)s. It cannot be changed.", name=name)
    close = difflib.get_close_matches(str(name)[:80], blueprint.inputs, n=1)
    if close:
        return translate(
            "There is no input %(name)s. Did you mean %(similar)s?", name=_shown(name), similar=close[0]
        )
    return translate("There is no input %(name)s.", name=_shown(name))


def _shown(value: object) -> str:
    text = str(value) if isinstance(value, (str, int)) else type(value).__name__
    return ascii(text if len(text) <= 40 else text[:40] + "...")
