"""The laboratory as a whole: what is set in it, kept in the account's folder."""

import threading
from pathlib import Path

from provisioner.simulator.lab import kept
from provisioner.simulator.lab.faults import Faults


class Laboratory:
    """Everything under `/_lab/` that can be set. Each change is on disk before it is answered."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._writing = threading.Lock()
        before = kept.read(directory)
        self.faults = Faults(before.get("faults", []), on_change=self._keep)

    def _keep(self) -> None:
        with self._writing:
            kept.write(self._directory, {"faults": self.faults.to_keep()})
