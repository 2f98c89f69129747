"""The effect of a changed answer on existing resources, so that a form can warn before there is a plan."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, get_args

from provisioner.blueprints import answers, numbers, toml_reader
from provisioner.blueprints.definitions import Effect, Input
from provisioner.blueprints.refusal import Rejected
from provisioner.sentences import translate

# From harmless to worst.
WORDS: Mapping[Effect, str] = {
    "in_place": "changed in place",
    "rolling": "servers are replaced one by one",
    "interrupts": "interrupts",
    "replaces": "destroyed and created again",
    "loses_data": "loses data",
    "refused": "cannot be changed",
}


def title(effect: Effect) -> str:
    """The effect as a short title in the active language."""
    titles: Mapping[Effect, str] = {
        "in_place": translate("Changed in place"),
        "rolling": translate("Servers are replaced one by one"),
        "interrupts": translate("Interrupts"),
        "replaces": translate("Destroyed and created again"),
        "loses_data": translate("Loses data"),
        "refused": translate("Cannot be changed"),
    }
    return titles[effect]


HARMLESS: Effect = "in_place"


def of_change(question: Input, *, before: Any, after: Any) -> Effect | None:
    """The effect of changing the answer; None if nothing changes, or the effect is not declared."""
    if before == after or question.effect is None:
        return None
    if shrinks(question, before=before, after=after):
        return "refused"
    return question.effect if _is_the_declared_one(question, before=before, after=after) else HARMLESS


def is_of_some_changes_only(question: Input) -> bool:
    """Whether the declared effect is that of one answer or one direction, and other changes are harmless."""
    return question.effect_when is not None or question.effect_when_smaller


def shrinks(question: Input, *, before: Any, after: Any) -> bool:
    """Whether a number that can only grow would become smaller."""
    are_figures = isinstance(before, (int, float)) and isinstance(after, (int, float))
    return bool(question.only_grows and are_figures and after < before)


def refusal(question: Input, *, before: Any, after: Any) -> str:
    """Why the answer cannot change, in a sentence: for what `of_change` calls refused."""
    if shrinks(question, before=before, after=after):
        value = f"{numbers.plain(before)} {question.unit}".strip()
        return translate("This can only grow. It is now %(value)s.", value=value)
    return question.effect_help or translate("This cannot be changed.")


def _is_the_declared_one(question: Input, *, before: Any, after: Any) -> bool:
    if question.effect_when_smaller:
        return _rank(question, after) < _rank(question, before)
    return question.effect_when is None or after == question.effect_when


def _rank(question: Input, answer: Any) -> float:
    # An answer that cannot be compared counts as the largest: anything below it is worth a warning.
    offered = [choice.value for choice in question.choices]
    if offered:
        return offered.index(answer) if answer in offered else math.inf
    return answer if isinstance(answer, (int, float)) else math.inf


def check(reader: toml_reader.Reader, path: tuple[str, ...], question: Input) -> None:
    """Note in `reader` what is wrong with the input's effect."""
    if question.effect is None:
        if is_of_some_changes_only(question) or question.effect_help or question.only_grows:
            names = "'effect_when', 'effect_when_smaller', 'effect_help' and 'only_grows'"
            reader.note(path, f"{names} need an 'effect'")
        return
    if question.effect not in get_args(Effect):
        hint = toml_reader.did_you_mean(question.effect, get_args(Effect))
        known = ", ".join(get_args(Effect))
        reader.note((*path, "effect"), f"unknown effect {question.effect!r}.{hint} Effects are {known}")
    if question.effect_when_smaller and (question.effect_when is not None or question.only_grows):
        message = "'effect_when_smaller' goes neither with 'effect_when' nor with 'only_grows'"
        reader.note((*path, "effect_when_smaller"), message)
    if question.effect_when is not None:
        try:
            answers.check_value(question, question.effect_when)
        except Rejected as refusal:
            reader.note((*path, "effect_when"), f"'effect_when' is not an allowed answer: {refusal}")
