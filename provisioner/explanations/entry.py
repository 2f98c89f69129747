"""One explained error: how it is known, why it happens, what to do."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

# "{zone|the zone}": the match's own value, or these words where it has none.
_PLACE = re.compile(r"\{([a-z_]{1,20})\|([^{}]{0,200})\}")


class Group(StrEnum):
    """The page's sections, in its order."""

    LIMITS = "Limits of the account"
    CAPACITY = "Capacity and what is on offer"
    NETWORK = "Addresses and networks"
    RIGHTS = "Rights and credentials"
    DATA = "Databases, secrets and certificates"
    NAMES = "Names, and what is in the way"
    STATE = "Terraform's state"
    TOOLS = "Terraform and its host"
    TIME = "Waiting too long"


class Act(StrEnum):
    """What a person can set off from where the explanation is shown. Who may, the engine decides."""

    AGAIN = "again"  # a fresh run with the same values: harmless, it begins with a plan
    CHANGE = "change"  # the form of a change
    DESTROY = "destroy"  # the form that destroys what is left
    UNLOCK = "unlock"  # give up the run's own lock, guarded
    PUSH = "push"  # store the state that is kept on the host, guarded


@dataclass(frozen=True)
class Way:
    """A button: what it does, and its words."""

    act: Act
    label: str


TRY_AGAIN = Way(Act.AGAIN, "Try again")
DESTROY_WHAT_IS_LEFT = Way(Act.DESTROY, "Destroy what is left")


@dataclass(frozen=True, kw_only=True)
class Entry:
    """`patterns` are searched for in a text whose white space is single spaces; the first that fits wins.

    Their quantifiers are bounded and each begins with a word of its own, so that no text, however hostile,
    costs much. Named groups fill the places of `cause` and `steps`. `example` is a real text.
    """

    id: str
    group: Group
    title: str
    patterns: tuple[str, ...]
    example: str
    cause: str
    steps: tuple[str, ...]
    ways: tuple[Way, ...] = ()
    # Nothing is wrong with the order: the same again may work as it is.
    is_passing: bool = field(default=False)

    @cached_property
    def compiled(self) -> tuple[re.Pattern[str], ...]:
        return tuple(re.compile(pattern) for pattern in self.patterns)

    @property
    def general_cause(self) -> str:
        """The cause without a run's own values."""
        return filled(self.cause, {})

    @property
    def general_steps(self) -> tuple[str, ...]:
        return tuple(filled(step, {}) for step in self.steps)


def filled(text: str, values: Mapping[str, str | None]) -> str:
    """The text with a match's values in its places."""
    return _PLACE.sub(lambda place: values.get(place[1]) or place[2], text)
