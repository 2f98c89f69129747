"""From a Terraform variable, and its part of blueprint.toml, to an input of the form."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, get_args

from provisioner.blueprints import answers, approvals, configuration, effects, shapes, toml_reader
from provisioner.blueprints.definitions import SUPPLIED, Choice, Input, Kind
from provisioner.blueprints.refusal import Rejected

_TYPES: dict[Kind, frozenset[str]] = {
    "text": frozenset({"string", "any"}),
    "cidr": frozenset({"string", "any"}),
    "date": frozenset({"string", "any"}),
    "integer": frozenset({"number", "any"}),
    "number": frozenset({"number", "any"}),
    "boolean": frozenset({"bool", "any"}),
    "choice": frozenset({"string", "number", "bool", "any"}),
    "choices": frozenset({"list(string)", "set(string)", "list(number)", "set(number)", "any"}),
    "list": frozenset({"list(string)", "set(string)", "any"}),
}
_ONLY_FOR: dict[str, tuple[Kind, ...]] = {
    "minimum": ("integer", "number", "cidr"),
    "maximum": ("integer", "number", "cidr"),
    "pattern": ("text", "list"),
    "exclusive": ("cidr",),
    "not_past": ("date",),
    "choices": ("choice", "choices"),
    "effect_when_smaller": ("integer", "number", "choice"),
    "only_grows": ("integer", "number"),
    "approval_when": ("text", "boolean", "choice", "choices"),
    "approval_above": ("integer", "number"),
}


def read(reader: toml_reader.Reader, found: configuration.Configuration) -> dict[str, Input]:
    """Every variable that a person answers, by name; its mistakes are noted in `reader`."""
    refinements = reader.content.get("inputs", {})
    if not isinstance(refinements, dict):
        return {}
    askable = {name: variable for name, variable in found.variables.items() if name not in SUPPLIED}
    for name in refinements:
        if name in SUPPLIED:
            reader.note(("inputs", name), f"{name!r} is set by the portal and is not an input")
        elif name not in askable:
            hint = toml_reader.did_you_mean(name, askable)
            reader.note(("inputs", name), f"there is no Terraform variable {name!r}.{hint}")
    return {
        name: _question(reader, variable, refinements.get(name, {})) for name, variable in askable.items()
    }


def _question(reader: toml_reader.Reader, variable: configuration.Variable, raw: Any) -> Input:
    path = ("inputs", variable.name)
    if not isinstance(raw, dict):
        reader.note(path, f"{variable.name!r} must be a table")
        raw = {}
    given = {**_from_rules(variable), **reader.table(path, raw, shape=shapes.Input)}
    choices = _choices(reader, variable.name, given.get("choices", []))
    kind = _kind(reader, variable, given)
    _note_misplaced(reader, path, raw, kind)
    question = Input(
        name=variable.name,
        kind=kind,
        label=given.get("label") or variable.name.replace("_", " ").capitalize(),
        help=given.get("help", variable.description),
        default=variable.default,
        required=not variable.has_default,
        sensitive=variable.sensitive,
        choices=choices,
        terraform_type=variable.type,
        rules=variable.rules,
        approval_when=tuple(given.get("approval_when", ())),
        **{key: given[key] for key in _PLAIN if key in given},
    )
    _check(reader, path, question)
    effects.check(reader, path, question)
    approvals.check(reader, path, question)
    return question


_PLAIN = (
    "unit", "minimum", "maximum", "pattern", "pattern_help", "exclusive", "not_past", "placeholder",
    "effect", "effect_when", "effect_when_smaller", "effect_help", "only_grows", "approval_above",
)  # fmt: skip


def _kind(reader: toml_reader.Reader, variable: configuration.Variable, given: Mapping[str, Any]) -> Kind:
    derived = _derived_kind(variable, has_choices=bool(given.get("choices")))
    wanted = given.get("kind", derived)
    if wanted not in get_args(Kind):
        known = ", ".join(get_args(Kind))
        hint = toml_reader.did_you_mean(wanted, get_args(Kind))
        reader.note(("inputs", variable.name, "kind"), f"unknown kind {wanted!r}.{hint} Kinds are {known}")
        return derived
    kind: Kind = wanted
    if kind != "json" and variable.type not in _TYPES[kind]:
        message = f"kind {kind!r} does not fit the variable's type {variable.type}"
        reader.note(("inputs", variable.name, "kind"), message)
        return derived
    return kind


def _derived_kind(variable: configuration.Variable, *, has_choices: bool) -> Kind:
    type_of = variable.type if variable.type != "any" else _type_of(variable.default)
    if has_choices:
        return "choices" if type_of in _TYPES["choices"] else "choice"
    simple: dict[str, Kind] = {"string": "text", "number": "number", "bool": "boolean"}
    return simple.get(type_of, "list" if type_of in _TYPES["list"] else "json")


def _type_of(default: Any) -> str:
    """The type of an untyped variable by its default; text without a default."""
    if isinstance(default, bool):
        return "bool"
    if isinstance(default, (int, float)):
        return "number"
    if isinstance(default, list) and default and all(isinstance(item, str) for item in default):
        return "list(string)"
    return "string" if default is None or isinstance(default, str) else "complex"


def _choices(reader: toml_reader.Reader, name: str, raw: list[dict[str, Any]]) -> tuple[Choice, ...]:
    choices = []
    for index, each in enumerate(raw):
        good = reader.table(("inputs", name, "choices", index), each, shape=shapes.Choice)
        if "value" in good:
            label = good.get("label", str(good["value"]))
            choices.append(Choice(good["value"], label, good.get("help", "")))
    return tuple(choices)


def _from_rules(variable: configuration.Variable) -> dict[str, Any]:
    """Range and choices from the variable's own validations, if they are in the usual form."""
    given: dict[str, Any] = {}
    me = rf"var\.{re.escape(variable.name)}"
    for condition in variable.conditions:
        for key, sign in (("minimum", ">="), ("maximum", "<=")):
            found = re.search(rf"(?:^|&&)\s*{me}\s*{sign}\s*(-?\d+)\s*(?:$|&&)", condition)
            if found and "||" not in condition and variable.type == "number":
                given[key] = int(found[1])
        listed = re.fullmatch(rf'contains\(\s*\[((?:\s*"[^"$%\\]*"\s*,?)+)\]\s*,\s*{me}\s*\)', condition)
        if listed and variable.type == "string":
            given["choices"] = [{"value": value} for value in re.findall(r'"([^"]*)"', listed[1])]
    return given


def _note_misplaced(
    reader: toml_reader.Reader, path: tuple[str, ...], raw: Mapping[str, Any], kind: Kind
) -> None:
    for key, kinds in _ONLY_FOR.items():
        if key in raw and kind not in kinds:
            reader.note((*path, key), f"{key!r} is only for kind {' or '.join(kinds)}, this is {kind}")
    if kind in ("choice", "choices") and "kind" in raw and "choices" not in raw:
        reader.note((*path, "kind"), f"kind {kind!r} needs [[inputs.{path[1]}.choices]]")


def _check(reader: toml_reader.Reader, path: tuple[str, ...], question: Input) -> None:
    try:
        re.compile(question.pattern)
    except re.error as error:
        reader.note((*path, "pattern"), f"this pattern is not a regular expression: {error}")
        return
    if question.minimum is not None and question.maximum is not None and question.minimum > question.maximum:
        reader.note((*path, "minimum"), "the minimum is above the maximum")
        return
    if question.default is not None:
        try:
            answers.check_value(question, question.default)
        except Rejected as refusal:
            reader.note(
                path, f"the default of variable {question.name!r} is not an allowed answer: {refusal}"
            )
