"""The warning at an answer whose change has consequences, from the blueprint's `effect`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from django.utils.translation import gettext as _

from provisioner.blueprints import Effect, Input, effects

Tone = Literal["", "wait", "bad"]
_TONES: Mapping[Effect, Tone] = {
    "in_place": "",
    "rolling": "",
    "interrupts": "wait",
    "replaces": "bad",
    "loses_data": "bad",
    "refused": "bad",
}


@dataclass(frozen=True, kw_only=True)
class Warning:
    """`words` is a short title of what happens, `help` a sentence."""

    words: str
    help: str
    tone: Tone


def of_effect(question: Input, effect: Effect | None) -> Warning | None:
    """The warning at the field; None if a change is harmless."""
    if effect is None or (effect == effects.HARMLESS and not _applies(question, effect)):
        return None
    text = question.effect_help if _applies(question, effect) else ""
    if effect == effects.HARMLESS and not text:
        return None
    return Warning(words=effects.title(effect), help=text, tone=_TONES[effect])


def of_change(question: Input, *, before: object, after: object) -> Warning | None:
    """The warning of one changed answer."""
    if effects.shrinks(question, before=before, after=after):
        text = effects.refusal(question, before=before, after=after)
        return Warning(words=_("Cannot become smaller"), help=text, tone=_TONES["refused"])
    return of_effect(question, effects.of_change(question, before=before, after=after))


def for_later(question: Input) -> str:
    """What an order must know before an answer is given; empty if a later change is harmless."""
    if question.only_grows:
        return _("It can only grow later.")
    if effects.is_of_some_changes_only(question):
        return ""
    sentences: Mapping[Effect, str] = {
        "refused": _("It cannot be changed later."),
        "loses_data": _("Changing it later loses data."),
        "replaces": _("Changing it later destroys the resource and creates it again."),
    }
    return sentences.get(question.effect, "") if question.effect else ""


def _applies(question: Input, effect: Effect) -> bool:
    # The sentence describes the declared effect, not the other direction.
    return effect == question.effect
