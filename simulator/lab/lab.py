"""All settings of the lab, saved in the account's folder."""

import threading
from pathlib import Path

from simulator.lab import settings_file
from simulator.lab.consoles import ConsoleTexts
from simulator.lab.faults import Faults
from simulator.lab.health_overrides import HealthOverrides
from simulator.lab.latency import Latency, is_scale
from simulator.scheduled_changes import ScheduledChanges


class Lab:
    """Everything that can be set under `/_lab/`. Each change is on disk before its response is sent.

    `scale` is the time scale to start with; None keeps the last one.
    """

    def __init__(self, directory: Path, *, changes: ScheduledChanges, scale: float | None = None) -> None:
        self._directory = directory
        self._write_lock = threading.Lock()
        saved = settings_file.read(directory)
        last_scale = saved["scale"] if is_scale(saved.get("scale")) else 0.0
        self.latency = Latency(last_scale if scale is None else scale, changes=changes, on_change=self._save)
        self.faults = Faults(saved.get("faults", []), on_change=self._save)
        self.targets = HealthOverrides(saved.get("targets", []), on_change=self._save)
        self.consoles = ConsoleTexts(saved.get("consoles", {}), on_change=self._save)
        self._save()

    def _save(self) -> None:
        with self._write_lock:
            settings_file.write(
                self._directory,
                {
                    "scale": self.latency.scale,
                    "faults": self.faults.to_save(),
                    "targets": self.targets.as_json(),
                    "consoles": self.consoles.as_json(),
                },
            )
