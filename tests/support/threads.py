"""Work in threads with their own database connections."""

import threading

from django.db import connection

from provisioner.models import Run
from provisioner.worker import execution


class in_background:
    """Executes the run in a thread. The end of the block waits for it."""

    def __init__(self, run: Run, *, limit_seconds: float = 90) -> None:
        self._limit_seconds = limit_seconds
        self._thread = threading.Thread(target=self._execute, args=(run,))

    def _execute(self, run: Run) -> None:
        try:
            execution.advance(run_id=run.pk)
        finally:
            connection.close()

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *failure: object) -> None:
        self._thread.join(timeout=self._limit_seconds)
        assert not self._thread.is_alive()
