"""Repeating a database operation until the database answers."""

import time
from collections.abc import Callable
from typing import TypeVar

import structlog
from django.db import connection

from provisioner import shutdown
from provisioner.database import outage

T = TypeVar("T")
log = structlog.get_logger(__name__)

_FIRST_WAIT_SECONDS, _LONGEST_WAIT_SECONDS = 0.1, 5.0


def until_database_answers(operation: Callable[[], T]) -> T:
    """Run the operation, and repeat it for as long as the database is away.

    The operation must be safe to repeat: the connection may have broken after its commit. Terraform continues
    meanwhile; what it writes waits in its file.

    Raises shutdown.ShuttingDown if the worker is stopping and the database is still away.
    """
    wait_seconds = _FIRST_WAIT_SECONDS
    while True:
        try:
            return operation()
        except outage.ERRORS as error:
            log.warning("database away, will try again", error=str(error), seconds=wait_seconds)
            connection.close()
            if shutdown.is_near():
                raise shutdown.ShuttingDown from error
            time.sleep(wait_seconds)
            wait_seconds = min(wait_seconds * 2, _LONGEST_WAIT_SECONDS)
