"""The panel next to the form: what would be built, how long it takes, and who approves it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from provisioner import blueprints, encryption
from provisioner.blueprints import Blueprint, Size
from provisioner.models import Environment
from provisioner.runs import approval, durations


@dataclass(frozen=True, kw_only=True)
class Part:
    """One section of the blueprint with its answers, as label and value."""

    title: str
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Summary:
    parts: tuple[Part, ...]
    size: Size | None
    target_seconds: int | None
    # The usual time; None if nobody has built this size yet.
    usual_seconds: float | None
    # Sizes and labels that need an approval; empty if the policy approves it.
    approval_for: tuple[str, ...]
    mistakes: int


def summarize(
    blueprint: Blueprint,
    *,
    size: Size | None,
    values: Mapping[str, Any],
    errors: Mapping[str, object],
    current: Environment | None = None,
) -> Summary:
    """The summary of the answers, without those that are not well formed.

    `current` is the environment that the form changes.
    """
    checked = blueprints.check_inputs(
        blueprint,
        values,
        size=size.slug if size else None,
        standing=current.inputs if current is not None else {},
    )
    asked = [approval.RequestedChange(size=size.slug if size else "", answers=checked.values)]
    if current is not None:
        asked.extend(approval.environment_policy(current))
    parts = [
        Part(title=section.title, lines=_lines(blueprint, _shown(blueprint, section, checked), checked))
        for section in blueprint.sections
    ]
    return Summary(
        parts=tuple(part for part in parts if part.lines),
        size=size,
        target_seconds=blueprint.target_seconds,
        usual_seconds=_usual_seconds(blueprint, size) if current is None else None,
        approval_for=approval.reasons(blueprint=blueprint, asked=asked),
        mistakes=len(errors),
    )


def _usual_seconds(blueprint: Blueprint, size: Size | None) -> float | None:
    return durations.typical_creates(blueprint=blueprint.slug, size=size.slug if size else "")


def in_words(question: blueprints.Input, value: object) -> str:
    """One answer in words: the label of a choice, yes or no, the number with its unit."""
    if question.sensitive or encryption.is_encrypted(value):
        return _("hidden")
    labels = {choice.value: choice.label for choice in question.choices}
    if isinstance(value, list):
        return ", ".join(str(labels.get(item, item)) for item in value) or _("none")
    if value is None or value == "":
        return _("not set")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    shown = labels.get(value, value) if isinstance(value, (str, int, float)) else value
    return f"{shown} {_unit(question.unit, value)}".strip()


def _shown(blueprint: Blueprint, section: blueprints.Section, checked: blueprints.Checked) -> tuple[str, ...]:
    """Of a folded section only answers that differ between sizes, or from every size."""
    if not section.advanced:
        return section.inputs
    return tuple(name for name in section.inputs if not _is_usual(blueprint, name, checked.values.get(name)))


def _is_usual(blueprint: Blueprint, name: str, value: object) -> bool:
    usual = [size.inputs.get(name, blueprint.inputs[name].default) for size in blueprint.sizes]
    return all(each == value for each in usual or [blueprint.inputs[name].default])


def _unit(unit: str, value: object) -> str:
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
