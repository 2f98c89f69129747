"""Work in threads with database connections of their own."""

import threading

from django.db import connection

from provisioner.models import Run
from provisioner.worker import execution


class in_background:
    """Carries the run in a thread; the block's end waits for it."""

    def __init__(self, run: Run, *, limit_seconds: float = 90) -> None:
        self._limit_seconds = limit_seconds
        self._thread = threading.Thread(target=self._carry, args=(run,))

    def _carry(self, run: Run) -> None:
        try:
            execution.advance(run_id=run.pk)
        finally:
            connection.close()

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *failure: object) -> None:
        self._thread.join(timeout=self._limit_seconds)
        assert not self._thread.is_alive()
