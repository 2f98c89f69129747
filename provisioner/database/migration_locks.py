"""Migrations next to running portals: a statement that cannot get its lock gives up soon and can be
repeated.

Everybody who comes after a waiting table lock waits too, so a long wait stops the portal.
"""

from django.db import connections

# Shorter than an outage that people notice. A migration that gave up is rolled back and run again.
LOCK_TIMEOUT_SECONDS = 5


def wait_briefly(using: str, **kwargs: object) -> None:
    """Before migrations: give up on a lock soon, but do not limit a statement that has its locks."""
    if connections[using].vendor == "postgresql":
        with connections[using].cursor() as cursor:
            cursor.execute(f"SET lock_timeout = '{LOCK_TIMEOUT_SECONDS}s'")
            cursor.execute("SET statement_timeout = 0")


def wait_as_before(using: str, **kwargs: object) -> None:
    """After migrations: restore the connection's own limits."""
    if connections[using].vendor == "postgresql":
        with connections[using].cursor() as cursor:
            cursor.execute("RESET lock_timeout")
            cursor.execute("RESET statement_timeout")
