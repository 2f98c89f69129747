"""The panel beside the form: what would be built, how long it takes, who approves."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from provisioner import blueprints, encryption
from provisioner.blueprints import Blueprint, Size
from provisioner.models import Environment
from provisioner.runs import approval, durations


@dataclass(frozen=True, kw_only=True)
class Part:
    """One section of the blueprint with its answers in words, as label and value."""

    title: str
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Summary:
    parts: tuple[Part, ...]
    size: Size | None
    target_seconds: int | None
    # How long others took; None: nobody has built it in this size yet.
    usual_seconds: float | None
    # What a person approves it for: sizes and labels; empty: the policy does.
    approval_for: tuple[str, ...]
    mistakes: int


def summarize(
    blueprint: Blueprint,
    *,
    size: Size | None,
    values: Mapping[str, Any],
    errors: Mapping[str, Any],
    standing: Environment | None = None,
) -> Summary:
    """The summary of the answers; one that is not well formed is left out until it is.

    `standing` is the environment which is to be changed.
    """
    checked = blueprints.check_inputs(
        blueprint,
        values,
        size=size.slug if size else None,
        standing=standing.inputs if standing is not None else {},
    )
    asked = [approval.RequestedChange(size=size.slug if size else "", answers=checked.values)]
    if standing is not None:
        asked.extend(approval.environment_policy(standing))
    parts = [
        Part(title=section.title, lines=_lines(blueprint, _told(blueprint, section, checked), checked))
        for section in blueprint.sections
    ]
    return Summary(
        parts=tuple(part for part in parts if part.lines),
        size=size,
        target_seconds=blueprint.target_seconds,
        usual_seconds=_usual_seconds(blueprint, size) if standing is None else None,
        approval_for=approval.reasons(blueprint=blueprint, asked=asked),
        mistakes=len(errors),
    )


def _usual_seconds(blueprint: Blueprint, size: Size | None) -> float | None:
    return durations.typical_creates(blueprint=blueprint.slug, size=size.slug if size else "")


def in_words(question: blueprints.Input, value: Any) -> str:
    """One answer as a person says it: the label of a choice, yes or no, the figure with its unit."""
    if question.sensitive or encryption.is_encrypted(value):
        return "hidden"
    labels = {choice.value: choice.label for choice in question.choices}
    if isinstance(value, list):
        return ", ".join(str(labels.get(item, item)) for item in value) or "none"
    if value is None or value == "":
        return "not set"
    if isinstance(value, bool):
        return "yes" if value else "no"
    shown = labels.get(value, value) if isinstance(value, (str, int, float)) else value
    return f"{shown} {_unit(question.unit, value)}".strip()


def _told(blueprint: Blueprint, section: blueprints.Section, checked: blueprints.Checked) -> tuple[str, ...]:
    """Of a folded section only what tells one size from another, or is not as any size has it."""
    if not section.advanced:
        return section.inputs
    return tuple(name for name in section.inputs if not _is_usual(blueprint, name, checked.values.get(name)))


def _is_usual(blueprint: Blueprint, name: str, value: Any) -> bool:
    usual = [size.inputs.get(name, blueprint.inputs[name].default) for size in blueprint.sizes]
    return all(each == value for each in usual or [blueprint.inputs[name].default])


def _unit(unit: str, value: Any) -> str:
    """`1 day`, `2 days`; a unit of one letter is a symbol."""
    return unit[:-1] if value == 1 and len(unit) > 1 and unit.endswith("s") else unit


def _lines(
    blueprint: Blueprint, names: tuple[str, ...], checked: blueprints.Checked
) -> tuple[tuple[str, str], ...]:
    questions = [blueprint.inputs[name] for name in names if name in checked.values]
    return tuple(
        (question.label, in_words(question, checked.values[question.name]))
        for question in questions
        if checked.values[question.name] not in (None, "", [])
    )
