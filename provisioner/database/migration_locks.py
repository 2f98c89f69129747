"""Migrations beside running portals: a statement that cannot get its lock soon gives up, and can be repeated.

A table lock that is waited for holds up everybody who comes after it, so waiting long stops the portal.
"""

from typing import Any

from django.db import connections

# Shorter than what a person calls an outage; a migration that gave up is rolled back and run again.
LOCK_TIMEOUT_SECONDS = 5


def wait_briefly(using: str, **kwargs: Any) -> None:
    """Before migrations: give up on a lock soon, but let a statement that has its locks work on."""
    if connections[using].vendor == "postgresql":
        with connections[using].cursor() as cursor:
            cursor.execute(f"SET lock_timeout = '{LOCK_TIMEOUT_SECONDS}s'")
            cursor.execute("SET statement_timeout = 0")


def wait_as_before(using: str, **kwargs: Any) -> None:
    """After migrations: the connection's own limits again."""
    if connections[using].vendor == "postgresql":
        with connections[using].cursor() as cursor:
            cursor.execute("RESET lock_timeout")
            cursor.execute("RESET statement_timeout")
