"""The one clock that leases and heartbeats are written and judged by: the database's.

Hosts' clocks differ, and jump: by its own, a host ten minutes ahead would call every living worker dead.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models.functions import Now

_QUESTIONS = {
    "postgresql": "SELECT clock_timestamp()",
    "sqlite": "SELECT strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')",
}


def now() -> datetime:
    """What time it is there, aware. Raises OperationalError while the database is away."""
    with connection.cursor() as cursor:
        cursor.execute(_QUESTIONS[connection.vendor])
        told = cursor.fetchone()[0]
    return told if isinstance(told, datetime) else datetime.fromisoformat(told)


def in_seconds(seconds: float) -> Any:
    """The moment so far from now, for an UPDATE: it is reckoned there, and costs no question."""
    return Now() + timedelta(seconds=seconds)
