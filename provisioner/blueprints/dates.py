"""Answers that are a date."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

from provisioner.blueprints import texts
from provisioner.blueprints.definitions import Input
from provisioner.blueprints.refusal import Rejected
from provisioner.sentences import translate

# The form of ISO 8601 that Terraform's functions read and browsers send.
_SHAPE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def check(question: Input, given: Any) -> str:
    """A date that exists, as YYYY-MM-DD; "" for none. Raises Rejected."""
    text = texts.one_line(given).strip()
    if text and not _is_day(text):
        raise Rejected(wanted(question))
    return text


def refuse_past(question: Input, day: Any, *, today: date) -> None:
    """Raise Rejected for a past date if the input does not allow it. `today` is the date in UTC."""
    # West of Greenwich, yesterday can last for another twelve hours.
    earliest = today - timedelta(days=1)
    if question.not_past and day and date.fromisoformat(day) < earliest:
        raise Rejected(translate("This date is in the past. Enter today or a later date."))


def wanted(question: Input) -> str:
    """One sentence about valid dates."""
    return question.pattern_help or translate("Enter a date, such as 2027-01-31.")


def _is_day(text: str) -> bool:
    try:
        return bool(_SHAPE.fullmatch(text) and date.fromisoformat(text))
    except ValueError:
        return False
