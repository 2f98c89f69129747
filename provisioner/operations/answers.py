"""The answers to a change: a sensitive one that is left out stays what it is."""

from collections.abc import Mapping
from typing import Any

from provisioner import blueprints, encryption
from provisioner.models import Environment
from provisioner.operations import clashes, protection
from provisioner.runs import approval

_HALF = " A change that ended half way asked for that."


def check_change(
    *, environment: Environment, blueprint: blueprints.Blueprint, raw: Mapping[str, Any], size: str
) -> tuple[dict[str, list[str]], dict[str, Any]]:
    """Errors by field (empty: it can be asked for) and the typed values, in clear: never to be shown.

    A sensitive answer that `raw` leaves out, or empty, or sealed as it is stored, stays what it is.
    """
    try:
        given = _completed(blueprint, stored=environment.inputs, raw=raw)
    except encryption.CannotDecrypt as lost:
        return {lost.name: [str(lost)]}, {}
    if blueprint.sizes and not size:
        return {blueprints.WHOLE_FORM: ["Choose a size."]}, {}
    checked = blueprints.check_inputs(blueprint, given, size=size or None, standing=environment.inputs)
    errors = checked.errors or clashes.overlaps(
        blueprint=blueprint, account=environment.account, values=checked.values, beside=environment
    )
    return errors or _refused(environment, blueprint, checked.values), checked.values


def are_same(before: Any, after: Any) -> bool:
    """Whether two stored answers say the same; of one that cannot be opened it is not known, so: no."""
    try:
        return bool(
            encryption.decrypted({"before": before})["before"]
            == encryption.decrypted({"after": after})["after"]
        )
    except encryption.CannotDecrypt:
        return False


def are_all_same(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """Whether two sets of stored answers have the same names, and say the same."""
    return before.keys() == after.keys() and all(are_same(before[name], after[name]) for name in before)


def _refused(
    environment: Environment, blueprint: blueprints.Blueprint, values: Mapping[str, Any]
) -> dict[str, list[str]]:
    why_protected = protection.why_protected(environment)
    refusals: dict[str, list[str]] = {}
    # As it was built, and as applies that ended half way may have left it.
    built, *half = (each.answers for each in approval.environment_policy(environment))
    for stored, because in ((built, ""), *((each, _HALF) for each in half)):
        for name, question in blueprint.inputs.items():
            # What it never had may still be said once: the blueprint learned the question later.
            if name in stored and name in values:
                sentence = _refusal(question, stored[name], values[name], why_protected)
                refusals |= {name: [sentence + because]} if sentence and name not in refusals else {}
    return refusals


def _refusal(question: blueprints.Input, before: Any, after: Any, why_protected: str) -> str:
    effect = blueprints.effects.of_change(question, before=before, after=after)
    if effect == "refused":
        return blueprints.effects.refusal(question, before=before, after=after)
    # Neither in the change that ends the protection: what holds the data still refuses to go then.
    return f"This would lose data. {why_protected}" if effect == "loses_data" and why_protected else ""


def _completed(
    blueprint: blueprints.Blueprint, *, stored: Mapping[str, Any], raw: Mapping[str, Any]
) -> dict[str, Any]:
    kept = {name: value for name, value in stored.items() if _stays(blueprint, name, value, raw)}
    unset = {name: "" for name, value in raw.items() if _stays_unset(blueprint, name, value, stored)}
    return {**raw, **unset, **encryption.decrypted(kept)}


def _stays(blueprint: blueprints.Blueprint, name: str, value: Any, raw: Mapping[str, Any]) -> bool:
    question = blueprint.inputs.get(name)
    if question is None or not (question.sensitive or encryption.is_encrypted(value)):
        return False
    given = raw.get(name)
    return given in (None, "", []) or (encryption.is_encrypted(value) and given == value)


def _stays_unset(blueprint: blueprints.Blueprint, name: str, value: Any, stored: Mapping[str, Any]) -> bool:
    # A null would be left out, and taken from the size: somebody had emptied it on purpose.
    question = blueprint.inputs.get(name)
    unset = value is None and name in stored and stored[name] is None
    return unset and question is not None and question.kind not in blueprints.MAY_BE_EMPTY
