"""The database for sockets: calls in threads of their own, so that a slow one does not hold up the pages."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from channels.db import DatabaseSyncToAsync

Result = TypeVar("Result")

# Few: each keeps a connection, and a page of 500 events takes 2 ms.
_THREADS = ThreadPoolExecutor(max_workers=4, thread_name_prefix="live-database")


async def call(function: Callable[..., Result], **arguments: Any) -> Result:
    """Call a function that asks the database. Connections past their age are closed before and after."""
    in_thread = DatabaseSyncToAsync(function, thread_sensitive=False, executor=_THREADS)
    result: Result = await in_thread(**arguments)
    return result
