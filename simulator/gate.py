"""A gate between many requests and one snapshot: requests share it, a snapshot has it alone."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class StillBusy(Exception):
    """Requests were in flight for longer than the snapshot was willing to wait."""


class Ended(Exception):
    """The account closes; nothing new begins."""


class Gate:
    """Many may be inside with `shared`, or one with `alone`; never both.

    One that waits for `alone` keeps newcomers out, so a busy account cannot put its snapshot off for ever.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside = 0
        self._closed = False
        self._ended = False

    def end(self) -> None:
        """Let nobody in any more. Those inside finish, and `alone` still works: for the last snapshot."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Be one of many inside. Raises Ended."""
        with self._changed:
            self._changed.wait_for(lambda: self._ended or not self._closed)
            if self._ended:
                raise Ended
            self._inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    @contextmanager
    def alone(self, *, limit_seconds: float) -> Iterator[None]:
        """Wait until nobody is inside, keep everybody out meanwhile.

        Raises StillBusy after `limit_seconds`: one endless request must not stop all the others.
        """
        with self._changed:
            self._changed.wait_for(lambda: not self._closed)
            self._closed = True
            empty = self._changed.wait_for(lambda: self._inside == 0, timeout=limit_seconds)
            if not empty:
                self._open()
        if not empty:
            raise StillBusy(f"requests were still in flight after {limit_seconds} s")
        try:
            yield
        finally:
            with self._changed:
                self._open()

    def _open(self) -> None:
        self._closed = False
        self._changed.notify_all()
