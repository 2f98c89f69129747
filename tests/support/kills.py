"""Kill the processes of a run."""

import contextlib
import os
import signal

from provisioner.models import Run
from provisioner.terraform import lock, phase
from provisioner.worker import preparation


def kill_tree(run: Run) -> None:
    """SIGKILL the shepherd first, then Terraform and its children, so that none can report it."""
    directory = preparation.directory_of(run)
    for name in ("apply", "plan"):
        if pid := phase.observe(directory, phase=name).pid:
            os.kill(pid, signal.SIGKILL)
    while lock.is_held(directory):
        for pid in lock.holder_pids(directory):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
