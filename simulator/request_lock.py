"""A readers-writer lock: requests share it, a snapshot holds it exclusively."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class RequestsInFlight(Exception):
    """Requests were in flight for longer than the snapshot was willing to wait."""


class Closed(Exception):
    """The account is shutting down and accepts no new request."""


class RequestLock:
    """Many threads may hold `shared`, or one may hold `exclusive`; never both.

    A thread that waits for `exclusive` blocks new `shared` holders. So a busy account cannot postpone its
    snapshot forever.
    """

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._holders = 0
        self._is_exclusive = False
        self._is_closed = False

    def close(self) -> None:
        """Refuse new `shared` holders. `exclusive` still works, for the last snapshot."""
        with self._condition:
            self._is_closed = True
            self._condition.notify_all()

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Hold the lock together with other requests. Raises Closed."""
        with self._condition:
            self._condition.wait_for(lambda: self._is_closed or not self._is_exclusive)
            if self._is_closed:
                raise Closed
            self._holders += 1
        try:
            yield
        finally:
            with self._condition:
                self._holders -= 1
                self._condition.notify_all()

    @contextmanager
    def exclusive(self, *, limit_seconds: float) -> Iterator[None]:
        """Wait until no request holds the lock, and block new requests until the end.

        Raises RequestsInFlight after `limit_seconds`: one request that never ends must not block all others.
        """
        with self._condition:
            self._condition.wait_for(lambda: not self._is_exclusive)
            self._is_exclusive = True
            is_free = self._condition.wait_for(lambda: self._holders == 0, timeout=limit_seconds)
            if not is_free:
                self._release()
        if not is_free:
            raise RequestsInFlight(f"requests were still in flight after {limit_seconds} s")
        try:
            yield
        finally:
            with self._condition:
                self._release()

    def _release(self) -> None:
        self._is_exclusive = False
        self._condition.notify_all()
