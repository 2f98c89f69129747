"""Answers that need an approval in every size: each is possible under the name of another size."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provisioner.blueprints import answers, numbers, toml_reader
from provisioner.blueprints.definitions import Blueprint, Input
from provisioner.blueprints.refusal import Rejected
from provisioner.sentences import translate


def wanted_for(blueprint: Blueprint, values: Mapping[str, Any]) -> tuple[str, ...]:
    """The labels of the inputs whose typed answers need an approval."""
    asked = blueprint.inputs.values()
    return tuple(each.label for each in asked if _wants_person(each, values.get(each.name)))


def in_words(question: Input) -> str:
    """The answers of this input that need an approval, as a sentence; empty if none does."""
    if question.approval_above is not None:
        return translate(
            "More than %(limit)s needs an approval.", limit=numbers.plain(question.approval_above)
        )
    labels = {choice.value: choice.label for choice in question.choices} | {
        True: translate("On"),
        False: translate("Off"),
    }
    named = [str(labels.get(answer, answer)) for answer in question.approval_when]
    return translate("Needs an approval: %(answers)s.", answers=", ".join(named)) if named else ""


def check(reader: toml_reader.Reader, path: tuple[str, ...], question: Input) -> None:
    """Note in `reader` what is wrong with the input's `approval_when` and `approval_above`."""
    if question.sensitive and (question.approval_when or question.approval_above is not None):
        reader.note(path, "a sensitive input is encrypted: nobody can approve its answer")
    for answer in question.approval_when:
        try:
            answers.check_value(question, [answer] if question.kind == "choices" else answer)
        except Rejected as refusal:
            reader.note((*path, "approval_when"), f"{answer!r} is not an allowed answer: {refusal}")


def _wants_person(question: Input, answer: Any) -> bool:
    if question.approval_above is not None and isinstance(answer, (int, float)):
        return answer > question.approval_above
    given = answer if isinstance(answer, list) else [answer]
    return any(each in question.approval_when for each in given)
