"""Validating the answers of a change: a sensitive one that is left out stays as it is."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from provisioner import blueprints, catalogue, encryption
from provisioner.models import Environment
from provisioner.operations import clashes, protection
from provisioner.runs import approval


def check_change(
    *, environment: Environment, blueprint: blueprints.Blueprint, raw: Mapping[str, object], size: str
) -> tuple[dict[str, list[str]], dict[str, object]]:
    """Errors by field (empty: it can be ordered) and the typed values, not encrypted: never show them.

    A sensitive answer that `raw` leaves out, or has empty, or encrypted as it is stored, stays as it is.
    """
    # Its errors are for the person who asks now.
    blueprint = catalogue.shown(blueprint)
    try:
        given = _completed(blueprint, stored=environment.inputs, raw=raw)
    except encryption.CannotDecrypt as lost:
        return {lost.name: [str(lost)]}, {}
    if blueprint.sizes and not size:
        return {blueprints.WHOLE_FORM: [_("Choose a size.")]}, {}
    checked = blueprints.check_inputs(blueprint, given, size=size or None, standing=environment.inputs)
    errors = checked.errors or clashes.overlaps(
        blueprint=blueprint, account=environment.account, values=checked.values, beside=environment
    )
    return errors or _refused(environment, blueprint, checked.values), checked.values


def are_same(before: object, after: object) -> bool:
    """Whether two stored answers have the same value. False if one of them cannot be decrypted."""
    try:
        return bool(
            encryption.decrypted({"before": before})["before"]
            == encryption.decrypted({"after": after})["after"]
        )
    except encryption.CannotDecrypt:
        return False


def _refused(
    environment: Environment, blueprint: blueprints.Blueprint, values: Mapping[str, object]
) -> dict[str, list[str]]:
    why_protected = protection.why_protected(environment)
    refusals: dict[str, list[str]] = {}
    # As it was built, and as interrupted applies may have left it.
    built, *half = (each.answers for each in approval.environment_policy(environment))
    for stored, is_half in ((built, False), *((each, True) for each in half)):
        for name, question in blueprint.inputs.items():
            # An input that the blueprint got later may be set once.
            if name in stored and name in values:
                sentence = _refusal(question, stored[name], values[name], why_protected)
                if sentence and name not in refusals:
                    because = [_("A change that was interrupted asked for that.")] if is_half else []
                    refusals[name] = [" ".join([sentence, *because])]
    return refusals


def _refusal(question: blueprints.Input, before: object, after: object, why_protected: str) -> str:
    effect = blueprints.effects.of_change(question, before=before, after=after)
    if effect == "refused":
        return blueprints.effects.refusal(question, before=before, after=after)
    # Not even in the change that ends the protection: what holds the data still refuses its deletion then.
    if effect == "loses_data" and why_protected:
        return _("This would lose data. %(reason)s") % {"reason": why_protected}
    return ""


def _completed(
    blueprint: blueprints.Blueprint, *, stored: Mapping[str, object], raw: Mapping[str, object]
) -> dict[str, object]:
    kept = {name: value for name, value in stored.items() if _stays(blueprint, name, value, raw)}
    unset = {name: "" for name, value in raw.items() if _stays_unset(blueprint, name, value, stored)}
    return {**raw, **unset, **encryption.decrypted(kept)}


def _stays(blueprint: blueprints.Blueprint, name: str, value: object, raw: Mapping[str, object]) -> bool:
    question = blueprint.inputs.get(name)
    if question is None or not (question.sensitive or encryption.is_encrypted(value)):
        return False
    given = raw.get(name)
    return given in (None, "", []) or (encryption.is_encrypted(value) and given == value)


def _stays_unset(
    blueprint: blueprints.Blueprint, name: str, value: object, stored: Mapping[str, object]
) -> bool:
    # A null would be left out and taken from the size, but a person had emptied it on purpose.
    question = blueprint.inputs.get(name)
    unset = value is None and name in stored and stored[name] is None
    return unset and question is not None and question.kind not in blueprints.MAY_BE_EMPTY
