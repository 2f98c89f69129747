"""The fields of a form, made from a blueprint's inputs; and the answers in a submitted form."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.catalogue import warnings
from provisioner.blueprints import (
    MAY_BE_EMPTY,
    Blueprint,
    Input,
    Section,
    approvals,
    effects,
    numbers,
    texts,
    wanted,
)

PREFIX = "input-"
# A short choice is a row of segments, one with explanations is cards, any other a list.
FEW = 4
SHORT_HELP = 40
LONGEST_SEGMENT = 14
# One more than any line may have: a line that the browser cuts off is refused, not taken as complete.
LONGEST_LINE = texts.LONGEST_BYTES + 1
TYPE_AGAIN = gettext_lazy("Type this again. The page does not keep it.")

Control = Literal[
    "text", "number", "date", "segments", "cards", "select", "switch", "checks", "lines", "json"
]


@dataclass(frozen=True, kw_only=True)
class Option:
    value: str
    label: str
    help: str
    is_chosen: bool


@dataclass(frozen=True, kw_only=True)
class Field:
    """One control of the form. `value` is its text; a control that offers choices has `options`."""

    question: Input
    control: Control
    value: str
    options: tuple[Option, ...] = ()
    errors: tuple[str, ...] = ()

    @property
    def may_be_empty(self) -> bool:
        """Whether an empty line is a valid answer, so that the field is marked as optional."""
        return not self.question.required and self.question.kind == self.control in MAY_BE_EMPTY

    @property
    def longest(self) -> int:
        """The maximum number of characters in the line."""
        return LONGEST_LINE

    @property
    def html_name(self) -> str:
        return PREFIX + self.question.name

    @property
    def is_on(self) -> bool:
        return self.value == "true"

    @property
    def range_words(self) -> str:
        """The range of a number as a sentence after its help: `20 to 1000 GiB.`"""
        lowest, highest = self.question.minimum, self.question.maximum
        if self.control != "number" or lowest is None or highest is None:
            return ""
        unit = self.question.unit
        values = {"lowest": numbers.plain(lowest), "highest": numbers.plain(highest), "unit": unit}
        if not self.question.unit:
            return _("%(lowest)s to %(highest)s.") % values
        return _("%(lowest)s to %(highest)s %(unit)s.") % values

    @property
    def approval_words(self) -> str:
        """The answers that need an approval; empty if none does."""
        return approvals.in_words(self.question)

    @property
    def wanted(self) -> str:
        return wanted(self.question)

    @property
    def warning(self) -> warnings.Warning | None:
        """The worst effect of a change of the answer; the page shows it at a changed answer."""
        return warnings.of_effect(self.question, self.question.effect)

    @property
    def warns_only_of(self) -> str | None:
        """The one answer, as the control holds it, that the warning is about; None for any change."""
        return None if self.question.effect_when is None else _typed(self.question.effect_when)

    @property
    def for_later(self) -> str:
        return warnings.for_later(self.question)

    @property
    def is_for_life(self) -> bool:
        """Whether the answer can never change. A wrong one can still be corrected."""
        is_refused = self.question.effect == "refused" and not effects.is_of_some_changes_only(self.question)
        return is_refused and not self.errors


@dataclass(frozen=True, kw_only=True)
class FieldSet:
    """One section of the form. An advanced one is folded while it has no errors."""

    section: Section
    fields: tuple[Field, ...]
    is_open: bool = field(default=True)


def field_sets(
    blueprint: Blueprint, values: Mapping[str, Any], errors: Mapping[str, Sequence[str]]
) -> list[FieldSet]:
    """The complete form in the blueprint's order. `values` are JSON values, or texts as they were typed."""
    sets = []
    for section in blueprint.sections:
        fields = tuple(
            _field(blueprint.inputs[name], values.get(name), errors.get(name, ())) for name in section.inputs
        )
        is_open = not section.advanced or any(each.errors for each in fields)
        sets.append(FieldSet(section=section, fields=fields, is_open=is_open))
    return sets


def starting_values(blueprint: Blueprint, size: str | None) -> dict[str, Any]:
    """What the form shows first: the defaults, replaced by the size's values. Nothing sensitive."""
    chosen = blueprint.size(size) if size else None
    defaults = {name: question.default for name, question in blueprint.inputs.items()}
    return without_secrets(blueprint, defaults | (dict(chosen.inputs) if chosen else {}))


def without_secrets(blueprint: Blueprint, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of the blueprint's inputs that a page may contain."""
    return {
        name: value
        for name, value in values.items()
        if name in blueprint.inputs and not blueprint.inputs[name].sensitive
    }


def secrets_asked_again(
    blueprint: Blueprint, values: Mapping[str, Any], errors: Mapping[str, Sequence[str]]
) -> dict[str, Sequence[str]]:
    """The errors, with a sentence for each sensitive answer that was typed: the page loses it."""
    typed_ones = [
        name for name, question in blueprint.inputs.items() if question.sensitive and values.get(name)
    ]
    return {**errors, **{name: [*errors.get(name, ()), str(TYPE_AGAIN)] for name in typed_ones}}


def presets(blueprint: Blueprint) -> dict[str, dict[str, str | list[str]]]:
    """The values of each size in the controls, for the page's script: by size, then by control."""
    return {size.slug: typed(blueprint, starting_values(blueprint, size.slug)) for size in blueprint.sizes}


def typed(blueprint: Blueprint, values: Mapping[str, Any]) -> dict[str, str | list[str]]:
    """Values as the controls hold them: a text each, a list for checkboxes. Without sensitive ones."""
    return {
        PREFIX + name: sorted(_chosen(values.get(name)))
        if question.kind == "choices"
        else _typed(values.get(name))
        for name, question in blueprint.inputs.items()
        if not question.sensitive
    }


def answers(blueprint: Blueprint, posted: QueryDict) -> dict[str, Any]:
    """The answers in a submitted form, by input, unchecked. An unknown name is kept, to be refused."""
    raw: dict[str, Any] = {key.removeprefix(PREFIX): posted[key] for key in posted if key.startswith(PREFIX)}
    for name, question in blueprint.inputs.items():
        if question.kind == "boolean":
            # A browser sends nothing for a switch that is off.
            raw[name] = raw.get(name, "false")
        elif question.kind == "choices":
            raw[name] = posted.getlist(PREFIX + name)
        elif question.sensitive and raw.get(name) == "":
            # Unchanged: the page never had it.
            del raw[name]
        elif name in raw and question.kind in ("json", "list"):
            raw[name] = raw[name].replace("\r\n", "\n").strip()
    return raw


def control_of(question: Input) -> Control:
    """The control for the kind of the input."""
    if question.kind == "choice":
        return _choice_control(question)
    if question.kind == "integer" and _is_short_range(question):
        return "segments"
    simple: dict[str, Control] = {
        "integer": "number",
        "number": "number",
        "date": "date",
        "boolean": "switch",
        "choices": "checks",
        "list": "lines",
        "json": "json",
    }
    return simple.get(question.kind, "text")


def _choice_control(question: Input) -> Control:
    helps = [len(choice.help) for choice in question.choices]
    if len(question.choices) > FEW:
        return "select"
    if max(helps, default=0) > SHORT_HELP:
        return "cards"
    fits = all(len(choice.label) <= LONGEST_SEGMENT for choice in question.choices)
    return "segments" if fits and not any(helps) else "select"


def _is_short_range(question: Input) -> bool:
    lowest, highest = question.minimum, question.maximum
    return lowest is not None and highest is not None and highest - lowest < FEW


def _field(question: Input, value: object, errors: Sequence[str]) -> Field:
    control = control_of(question)
    return Field(
        question=question,
        control=control,
        value=_typed(value),
        options=_options(question, control, value),
        errors=tuple(errors),
    )


def _options(question: Input, control: Control, value: object) -> tuple[Option, ...]:
    chosen = _chosen(value)
    if question.choices:
        return tuple(
            Option(
                value=(text := _typed(choice.value)),
                label=choice.label,
                help=choice.help,
                is_chosen=text in chosen,
            )
            for choice in question.choices
        )
    if control != "segments" or question.minimum is None or question.maximum is None:
        return ()
    figures = range(int(question.minimum), int(question.maximum) + 1)
    return tuple(
        Option(value=str(figure), label=str(figure), help="", is_chosen=str(figure) in chosen)
        for figure in figures
    )


def _chosen(value: object) -> frozenset[str]:
    return frozenset(_typed(item) for item in (value if isinstance(value, (list, tuple)) else [value]))


def _typed(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return "\n".join(value)
    return json.dumps(value, indent=2 if isinstance(value, (dict, list)) else None)
