"""Database calls for sockets, in their own threads, so that a slow one does not delay the pages."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from channels.db import DatabaseSyncToAsync

Result = TypeVar("Result")

# Few threads: each has a connection, and a page of 500 events takes 2 ms.
_THREADS = ThreadPoolExecutor(max_workers=4, thread_name_prefix="live-database")


async def call(function: Callable[..., Result], **arguments: object) -> Result:
    """Call a function that uses the database. Connections past their maximum age are closed around it."""
    in_thread = DatabaseSyncToAsync(function, thread_sensitive=False, executor=_THREADS)
    result: Result = await in_thread(**arguments)
    return result
