"""What a form says beside an answer whose change does more than change it: from the blueprint's `effect`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

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
    """`words` say what happens in two or three words, `help` in a sentence."""

    words: str
    help: str
    tone: Tone


def of_effect(question: Input, effect: Effect | None) -> Warning | None:
    """The words beside the field; None where there is nothing to warn of."""
    if effect is None or (effect == effects.HARMLESS and not _applies(question, effect)):
        return None
    text = question.effect_help if _applies(question, effect) else ""
    if effect == effects.HARMLESS and not text:
        return None
    return Warning(words=effects.WORDS[effect].capitalize(), help=text, tone=_TONES[effect])


def of_change(question: Input, *, before: Any, after: Any) -> Warning | None:
    """The warning of an answer becoming another one."""
    if effects.shrinks(question, before=before, after=after):
        text = effects.refusal(question, before=before, after=after)
        return Warning(words="Cannot become smaller", help=text, tone=_TONES["refused"])
    return of_effect(question, effects.of_change(question, before=before, after=after))


def for_later(question: Input) -> str:
    """What an order must know of an answer before it is given; empty where a later change is harmless."""
    if question.only_grows:
        return "It can only grow later."
    if effects.is_of_some_changes_only(question):
        return ""
    said: Mapping[Effect, str] = {
        "refused": "It cannot be changed later.",
        "loses_data": "Changing it later loses data.",
        "replaces": "Changing it later destroys what is there and makes it anew.",
    }
    return said.get(question.effect, "") if question.effect else ""


def _applies(question: Input, effect: Effect) -> bool:
    # The sentence is about the effect that was declared, not about the other direction.
    return effect == question.effect
