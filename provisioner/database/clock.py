"""The database's clock, by which leases and heartbeats are written and judged.

Clocks of hosts differ and jump: a host that is ten minutes ahead would declare every worker dead.
"""

from datetime import datetime, timedelta

from django.db import connection
from django.db.models.functions import Now

_QUESTIONS = {
    "postgresql": "SELECT clock_timestamp()",
    "sqlite": "SELECT strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')",
}


def now() -> datetime:
    """The database's time, with a time zone. Raises OperationalError while the database is away."""
    with connection.cursor() as cursor:
        cursor.execute(_QUESTIONS[connection.vendor])
        answer = cursor.fetchone()[0]
    return answer if isinstance(answer, datetime) else datetime.fromisoformat(answer)


def in_seconds(seconds: float) -> object:
    """The time so many seconds from now, for an UPDATE. Evaluated by the database; no extra query."""
    return Now() + timedelta(seconds=seconds)
