"""A worker with one protection removed, to show that the checks of its fault notice; or with a wrong clock.

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


def read_a_pipe(run_id: str) -> None:
    """Fault 1: Terraform writes into a pipe (`piped_terraform`), and this worker puts it into the file."""
    from provisioner.models import Run
    from provisioner.terraform import phase
    from provisioner.worker import preparation

    file = phase.stream_path(preparation.directory_of(Run.objects.get(pk=run_id)), phase="apply")
    pipe = Path(os.environ[FIFO])

    def read() -> None:
        with pipe.open("rb", buffering=0) as spoken, file.open("ab", buffering=0) as kept:
            while words := spoken.read(65536):
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


def hold_no_lock(run_id: str) -> None:
    """Fault 4: whether anything of a run lives is not asked of the kernel."""
    from provisioner.terraform import lock

    lock.is_held = lambda directory: False


def forget_what_was_applied(run_id: str) -> None:
    """Fault 5: whether a plan has been applied before is not asked."""
    from provisioner.stored_text import EMPTY
    from provisioner.worker import claims

    claims._plan_refusal = lambda run, plan_sha256: EMPTY


class _AnyFence(int):
    """Every fence is mine."""

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return False

    __hash__ = int.__hash__


def respect_no_fence(run_id: str) -> None:
    """Fault 9: who has claimed the run since is not asked."""
    from provisioner.models import Run

    field: Any = Run._meta.get_field("fence")
    field.from_db_value = lambda value, *how: _AnyFence(value)


def trust_the_clock_at_once(run_id: str) -> None:
    """Fault 30: leases are judged in the first moment after the database was away."""
    from provisioner.worker import housekeeping

    watch: Any = housekeeping.LeaseTrust
    watch.trusts_the_clock = lambda watch, now: True


PROTECTIONS: dict[str, Callable[[str], None]] = {
    "none": lambda run_id: None,
    "file": read_a_pipe,
    "flock": hold_no_lock,
    "consumed plan": forget_what_was_applied,
    "fence": respect_no_fence,
    "warm-up": trust_the_clock_at_once,
}


def jump(*, seconds: float) -> None:
    """This process's clock goes wrong by so much."""
    from django.utils import timezone

    right: Any = timezone.now
    timezone.now = lambda: right() + timedelta(seconds=seconds)


def keep_house() -> None:
    """In a run's place: the housekeeping, three times a second, which gives hosts up after seconds."""
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
    jump(seconds=float(os.environ.get(AHEAD, 0)))
    if run_id == HOUSEKEEPING:
        keep_house()
    execution.advance(run_id=UUID(run_id))


if __name__ == "__main__":
    main(*sys.argv[1:])
