"""A worker with one protection removed, to show that the checks detect it; or with a wrong clock.

python -m tests.faults.mutants <protection, or "none"> <run id, or "housekeeping">
"""

import os
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import django

FIFO = "MUTANT_FIFO"
HOUSEKEEPING = "housekeeping"
AHEAD = "MUTANT_CLOCK_AHEAD_SECONDS"


def write_through_a_pipe(run_id: str) -> None:
    """Fault 1: Terraform writes into a pipe (`piped_terraform`), and this worker puts it into the file."""
    from provisioner.models import Run
    from provisioner.terraform import phase
    from provisioner.worker import preparation

    file = phase.stream_path(preparation.directory_of(Run.objects.get(pk=run_id)), phase="apply")
    pipe = Path(os.environ[FIFO])

    def read() -> None:
        with pipe.open("rb", buffering=0) as printed_lines, file.open("ab", buffering=0) as kept:
            while words := printed_lines.read(65536):
                kept.write(words)

    threading.Thread(target=read, daemon=True).start()


def piped_terraform(folder: Path, terraform: Path) -> dict[str, str]:
    """The environment for a worker whose Terraform applies into a pipe."""
    fifo, script = folder / "pipe", folder / "piped-terraform"
    os.mkfifo(fifo)
    script.write_text(
        "#!/bin/sh\n"
        f'case " $* " in *" apply "*) exec {terraform} "$@" > {fifo} 2>&1 ;; esac\n'
        f'exec {terraform} "$@"\n'
    )
    script.chmod(0o700)
    return {"TERRAFORM_BINARY": str(script), FIFO: str(fifo)}


def ignore_the_kernel_lock(run_id: str) -> None:
    """Fault 4: the kernel's lock is not checked, so no process of a run counts as alive."""
    from provisioner.terraform import lock

    lock.is_held = lambda directory: False


def ignore_consumed_plans(run_id: str) -> None:
    """Fault 5: a plan may be applied again."""
    from provisioner.stored_text import EMPTY
    from provisioner.worker import claims

    claims._plan_refusal = lambda run, plan_sha256: EMPTY


class _AnyFence(int):
    """Equal to every fence."""

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return False

    __hash__ = int.__hash__


def ignore_the_fence(run_id: str) -> None:
    """Fault 9: a worker writes although another one has claimed the run."""
    from provisioner.models import Run

    field: Any = Run._meta.get_field("fence")
    field.from_db_value = lambda value, *how: _AnyFence(value)


def trust_the_clock_at_once(run_id: str) -> None:
    """Fault 30: leases are trusted immediately after the database was away."""
    from provisioner.worker import housekeeping

    watch: Any = housekeeping.LeaseTrust
    watch.trusts_the_clock = lambda watch, now: True


PROTECTIONS: dict[str, Callable[[str], None]] = {
    "none": lambda run_id: None,
    "file": write_through_a_pipe,
    "flock": ignore_the_kernel_lock,
    "consumed plan": ignore_consumed_plans,
    "fence": ignore_the_fence,
    "warm-up": trust_the_clock_at_once,
}


def shift_the_clock(*, seconds: float) -> None:
    """Set this process's clock wrong by this much."""
    from django.utils import timezone

    right: Any = timezone.now
    timezone.now = lambda: right() + timedelta(seconds=seconds)


def run_housekeeping() -> None:
    """The housekeeping, three times a second; it declares hosts dead after five seconds."""
    from django.db import Error, connection

    from provisioner import celery_app
    from provisioner.scheduling import hosts
    from provisioner.worker import housekeeping

    celery_app.app.conf["broker_url"] = "memory://"
    hosts.GONE_SECONDS = 5
    watch = housekeeping.LeaseTrust()
    while True:
        try:
            housekeeping.run_pass(watch=watch)
        except Error:
            connection.close()
        time.sleep(0.3)


def main(protection: str, run_id: str) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings"
    django.setup()
    from provisioner.worker import execution

    PROTECTIONS[protection](run_id)
    shift_the_clock(seconds=float(os.environ.get(AHEAD, 0)))
    if run_id == HOUSEKEEPING:
        run_housekeeping()
    execution.advance(run_id=UUID(run_id))


if __name__ == "__main__":
    main(*sys.argv[1:])
