"""Complete faults, with or without their protection. Each returns what went wrong, as sentences.

The protection is removed from the worker only (`mutants.py`); the checks see the real data.
"""

import os
import signal
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils import timezone

from provisioner import accounts, operations
from provisioner.cloud import state_storage
from provisioner.models import Run, RunEvent
from provisioner.run_status import Remediation, RunStatus
from provisioner.scheduling import tooling
from provisioner.terraform import lock, phase
from provisioner.worker import preparation
from tests.faults import invariants, mutants, workers
from tests.support import processes
from tests.support.engine import eventually, executed
from tests.support.kills import kill_tree

NAME = "web-1"


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A run whose apply writes `web-1` into `made` and waits for `gate`; `protection` is the one removed."""

    run: Run
    gate: Path
    made: Path
    protection: str = "none"

    def verdict(self, *, expected: RunStatus) -> list[str]:
        """What has gone wrong, including violated invariants."""
        run = Run.objects.get(pk=self.run.pk)
        wrong = [] if run.status == expected else [f"the run is {run.status}, not {expected}: {run.reason}"]
        return [*wrong, *invariants.made_once(self.made, each=[NAME]), *invariants.violations()]


def worker_killed(scene: Scene, folder: Path) -> list[str]:
    """Fault 1: SIGKILL of the worker during the apply; the next one takes over. Protection: `file`."""
    more = mutants.piped_terraform(folder, tooling.terraform()) if scene.protection == "file" else {}
    with workers.executing(scene.run, protection=scene.protection, **more) as first:
        workers.until_in_mid_apply(scene.run)
        first.kill()
        first.wait()
    scene.gate.touch()
    executed(scene.run)
    return scene.verdict(expected=RunStatus.APPLIED)


def terraform_killed(scene: Scene, by: Any) -> list[str]:
    """Fault 4: SIGKILL of worker and Terraform, but not of Terraform's children. Protection: `flock`."""
    directory = preparation.directory_of(scene.run)
    with workers.executing(scene.run) as worker:
        workers.until_its_lock_is_known(scene.run)
        worker.kill()
    shepherd = phase.observe(directory, phase="apply").pid
    assert shepherd
    os.kill(workers.children(shepherd)[0], signal.SIGKILL)
    eventually(lambda: phase.observe(directory, phase="apply").exit)
    with workers.executing(scene.run, protection=scene.protection) as second:
        eventually(lambda: _waits_for_leftovers(scene.run) or second.poll() is not None)
        wrong = [] if _waits_for_leftovers(scene.run) else ["the run did not wait for what Terraform left"]
        _ask_to_unlock(scene, by)
        wrong += [] if lock.is_held(directory) else ["its child was not alive: the scene proves nothing"]
        wrong += (
            [] if _is_locked(scene.run) else ["the state was unlocked while a process of the run was alive"]
        )
        scene.gate.touch()
        second.wait(timeout=90)
    eventually(lambda: not lock.is_held(directory))
    return wrong + scene.verdict(expected=RunStatus.NEEDS_ATTENTION)


def tree_killed(scene: Scene, by: Any) -> list[str]:
    """Fault 5: SIGKILL of everything before the first state write; then the run's row is set back.

    Protection: `consumed plan`.
    """
    with workers.executing(scene.run) as worker:
        workers.until_its_lock_is_known(scene.run)
        worker.kill()
        kill_tree(scene.run)
    workers.execute(scene.run)
    _ask_to_unlock(scene, by)
    wrong = ["the lock was not released: the scene proves nothing"] if _is_locked(scene.run) else []
    # As after a restored backup, or a manual change in the database.
    Run.objects.filter(pk=scene.run.pk).update(status=RunStatus.APPROVED)
    scene.gate.touch()
    workers.execute(scene.run, protection=scene.protection)
    return wrong + scene.verdict(expected=RunStatus.CANCELLED)


def worker_suspended(scene: Scene) -> list[str]:
    """Fault 9: SIGSTOP of a worker past its lease, SIGCONT while the next one follows. Protection: `fence`.

    The run's apply prints `line 1`, `line 2` and so on until the gate file exists.
    """
    with workers.executing(scene.run, protection=scene.protection) as first:
        _until_it_has_printed(scene.run, 4)
        processes.suspend_past_its_lease(first.pid, scene.run)
        with workers.executing(scene.run) as second:
            _until_it_has_printed(scene.run, len(printed_lines(scene.run)) + 10)
            os.kill(first.pid, signal.SIGCONT)
            # Not later: on a busy machine the run may end before the first worker is scheduled again.
            eventually(lambda: first.poll() is not None or _has_repeated_lines(scene.run))
            _until_it_has_printed(scene.run, len(printed_lines(scene.run)) + 10)
            scene.gate.touch()
            assert second.wait(timeout=90) == 0
        first.wait(timeout=90)
    return [*_lines_once(scene.run), *scene.verdict(expected=RunStatus.APPLIED)]


def printed_lines(run: Run) -> list[str]:
    """The lines of the apply's command that are stored."""
    reported = RunEvent.objects.filter(run=run, message__contains="(local-exec): line ").order_by("seq")
    return [message.rpartition(": ")[2] for message in reported.values_list("message", flat=True)]


def _until_it_has_printed(run: Run, lines: int) -> None:
    # On a busy machine a worker starts slowly.
    eventually(lambda: len(printed_lines(run)) >= lines)


def _has_repeated_lines(run: Run) -> bool:
    return max(Counter(printed_lines(run)).values()) > 1


def _lines_once(run: Run) -> Iterator[str]:
    counted = Counter(printed_lines(run))
    yield from (f"I3: {line!r} is stored {count} times" for line, count in counted.items() if count > 1)
    last = max(int(line.split()[1]) for line in counted)
    if len(counted) != last:
        yield f"I3: {len(counted)} of {last} lines are stored"


def _ask_to_unlock(scene: Scene, by: Any) -> None:
    now = timezone.now()
    try:
        operations.remediate(run_id=scene.run.pk, remediation=Remediation.UNLOCK, by=by, name=NAME, now=now)
    except operations.CannotRemediate:
        return
    workers.execute(scene.run, protection=scene.protection)


def _waits_for_leftovers(run: Run) -> bool:
    return RunEvent.objects.filter(run=run, message__contains="a process that it started still runs").exists()


def _is_locked(run: Run) -> bool:
    account = accounts.to_cloud(run.environment.account)
    return state_storage.read_lock(account, environment_id=run.environment_id) is not None
