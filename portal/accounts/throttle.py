"""How often a sign-in may fail. Counted in the database: an emptied cache would lift the limit."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from portal.accounts.models import SignInAttempt

WINDOW = timedelta(minutes=15)
# Failures of one account from one address, of all accounts from one address, of one account from everywhere.
# The last limit is high, so that a stranger cannot easily lock a person out.
LIMIT_PAIR, LIMIT_ADDRESS, LIMIT_ACCOUNT = 10, 30, 100


class TooManyFailures(Exception):
    """No sign-in to this account from this address before `until`. The account may not exist."""

    def __init__(self, until: datetime) -> None:
        super().__init__(
            _("Too many failed sign-ins. Try again after %(time)s UTC.") % {"time": f"{until:%H:%M}"}
        )
        self.until = until


@dataclass(frozen=True)
class Attempt:
    """A sign-in that counts as failed until it has succeeded."""

    account_sha256: str
    ip: str


def begin(*, username: str, ip: str, now: datetime) -> Attempt:
    """Count an attempt before its password is checked, so that parallel attempts cannot exceed the limit.

    Raises TooManyFailures. The refused attempt itself does not count, so waiting helps.
    """
    attempt = Attempt(hashlib.sha256(username.strip().lower().encode()).hexdigest(), ip)
    SignInAttempt.objects.filter(at__lte=now - WINDOW).delete()
    # No transaction: each attempt must see the rows of the others before it counts.
    row = SignInAttempt.objects.create(account_sha256=attempt.account_sha256, ip=ip, at=now)
    until = _blocked_until(attempt)
    if until is not None:
        row.delete()
        raise TooManyFailures(until)
    return attempt


def succeeded(attempt: Attempt) -> None:
    """Delete the failures of this account from this address."""
    SignInAttempt.objects.filter(account_sha256=attempt.account_sha256, ip=attempt.ip).delete()


def _blocked_until(attempt: Attempt) -> datetime | None:
    limits: list[tuple[dict[str, str], int]] = [
        ({"account_sha256": attempt.account_sha256, "ip": attempt.ip}, LIMIT_PAIR),
        ({"ip": attempt.ip}, LIMIT_ADDRESS),
        ({"account_sha256": attempt.account_sha256}, LIMIT_ACCOUNT),
    ]
    ends = []
    for condition, limit in limits:
        times = SignInAttempt.objects.filter(**condition).order_by("-at", "-pk").values_list("at", flat=True)
        # The first is the attempt itself. The last one decides when another attempt is allowed.
        if len(recent := list(times[: limit + 1])) > limit:
            ends.append(recent[-1] + WINDOW)
    return max(ends, default=None)
