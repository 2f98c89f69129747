"""Days of the calendar."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

from provisioner.blueprints import texts
from provisioner.blueprints.definitions import Input
from provisioner.blueprints.refusal import Rejected

# Of ISO 8601's forms the one that Terraform's own functions read, and that browsers send.
_SHAPE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def check(question: Input, given: Any) -> str:
    """A day that there is, as YYYY-MM-DD; "" for none. Raises Unwanted."""
    text = texts.one_line(given).strip()
    if text and not _is_day(text):
        raise Rejected(wanted(question))
    return text


def refuse_past(question: Input, day: Any, *, today: date) -> None:
    """Raise Unwanted where a checked day is over that must not be. `today` is UTC's."""
    # West of Greenwich yesterday may last for another twelve hours.
    earliest = today - timedelta(days=1)
    if question.not_past and day and date.fromisoformat(day) < earliest:
        raise Rejected("That day is over. Give today or a later day.")


def wanted(question: Input) -> str:
    """One sentence about what it takes."""
    return question.pattern_help or "Give a day of the calendar, such as 2027-01-31."


def _is_day(text: str) -> bool:
    try:
        return bool(_SHAPE.fullmatch(text) and date.fromisoformat(text))
    except ValueError:
        return False
