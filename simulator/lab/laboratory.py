"""The laboratory as a whole: what is set in it, kept in the account's folder."""

import threading
from pathlib import Path

from simulator.lab import kept
from simulator.lab.consoles import Consoles
from simulator.lab.faults import Faults
from simulator.lab.latency import Latency, is_scale
from simulator.lab.targets import Targets
from simulator.pending import Pending


class Laboratory:
    """Everything under `/_lab/` that can be set. Each change is on disk before it is answered.

    `scale` is the time scale of this start; None: the one that was set last.
    """

    def __init__(self, directory: Path, *, pending: Pending, scale: float | None = None) -> None:
        self._directory = directory
        self._writing = threading.Lock()
        before = kept.read(directory)
        last = before["scale"] if is_scale(before.get("scale")) else 0.0
        self.latency = Latency(last if scale is None else scale, pending=pending, on_change=self._keep)
        self.faults = Faults(before.get("faults", []), on_change=self._keep)
        self.targets = Targets(before.get("targets", []), on_change=self._keep)
        self.consoles = Consoles(before.get("consoles", {}), on_change=self._keep)
        self._keep()

    def _keep(self) -> None:
        with self._writing:
            kept.write(
                self._directory,
                {
                    "scale": self.latency.scale,
                    "faults": self.faults.to_keep(),
                    "targets": self.targets.as_json(),
                    "consoles": self.consoles.as_json(),
                },
            )
