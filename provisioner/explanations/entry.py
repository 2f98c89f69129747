"""One explained error: how it is recognized, why it happens, what to do."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# "{zone|the zone}": the match's own value, or these words without one.
_PLACE = re.compile(r"\{([a-z_]{1,20})\|([^{}]{0,200})\}")


class Group(StrEnum):
    """The sections of the page, in its order."""

    LIMITS = "limits"
    CAPACITY = "capacity"
    NETWORK = "network"
    RIGHTS = "permissions"
    DATA = "data"
    NAMES = "names"
    STATE = "state"
    TOOLS = "tools"
    TIME = "time"

    @property
    def title_text(self) -> str:
        """The heading in the active language."""
        return str(_TITLES[self])


_TITLES: dict["Group", "StrOrPromise"] = {
    Group.LIMITS: _("Limits of the account"),
    Group.CAPACITY: _("Capacity and offers of AWS"),
    Group.NETWORK: _("Addresses and networks"),
    Group.RIGHTS: _("Permissions and credentials"),
    Group.DATA: _("Databases, secrets and certificates"),
    Group.NAMES: _("Names and dependencies"),
    Group.STATE: _("Terraform's state"),
    Group.TOOLS: _("Terraform and its host"),
    Group.TIME: _("Time limits"),
}


class Act(StrEnum):
    """What a person can start where the explanation is shown. The engine decides who may."""

    AGAIN = "again"  # a new run with the same values: harmless, it starts with a plan
    CHANGE = "change"  # the form of a change
    DESTROY = "destroy"  # the form that destroys what is left
    UNLOCK = "unlock"  # release the run's own lock, after a check
    PUSH = "push"  # store the state that is kept on the host, after a check


@dataclass(frozen=True)
class Way:
    """A button: what it does, and its words."""

    act: Act
    label: "StrOrPromise"


TRY_AGAIN = Way(Act.AGAIN, _("Try again"))
DESTROY_WHAT_IS_LEFT = Way(Act.DESTROY, _("Destroy what is left"))


@dataclass(frozen=True, kw_only=True)
class Entry:
    """`patterns` are searched in a text with single spaces; the first that matches wins.

    Their quantifiers are bounded and each starts with a word, so that no text, however hostile, costs much.
    Named groups fill the places of `cause` and `steps`. `example` is a real text.
    """

    id: str
    group: Group
    title: "StrOrPromise"
    patterns: tuple[str, ...]
    example: str
    cause: "StrOrPromise"
    steps: tuple["StrOrPromise", ...]
    ways: tuple[Way, ...] = ()
    # The order is correct: the same run can succeed later.
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


def filled(text: "StrOrPromise", values: Mapping[str, str | None]) -> str:
    """The text in the active language, with a match's values in its places."""
    return _PLACE.sub(lambda place: values.get(place[1]) or place[2], str(text))
