"""All Terraform of a host, found by the locks of its runs."""

from collections.abc import Callable
from pathlib import Path

import pytest

from provisioner.terraform import phase, running
from tests.provisioner.terraform.runs import Program, Run


@pytest.fixture
def runs_dir(run: Run, program: Program) -> Path:
    """The folder of all runs, in which one applies."""
    run.start(phase.Step("apply", program("print('up', flush=True); time.sleep(600)")))
    run.waits_for(b"up")
    return run.directory.parent


def asked(runs_dir: Path) -> None:
    assert running.request_stop_of_all(runs_dir) == 1


@pytest.mark.parametrize("end", [asked, running.kill_all], ids=["asked to stop", "killed"])
def test_lives_until_it_has_ended(runs_dir: Path, end: Callable[[Path], None]) -> None:
    assert running.is_any_alive(runs_dir)

    end(runs_dir)

    assert running.wait_until_stopped(runs_dir, within_seconds=60)
    assert not running.is_any_alive(runs_dir)
    assert running.request_stop_of_all(runs_dir) == 0


def test_is_not_waited_for_longer_than_allowed(runs_dir: Path) -> None:
    assert not running.wait_until_stopped(runs_dir, within_seconds=0)


def test_needs_its_lock_alone_to_be_found(run: Run, runs_dir: Path) -> None:
    # As after a power cut: a worker in a container must not stumble over it.
    (run.directory / "apply" / "pid.json").write_bytes(b"")

    assert running.is_any_alive(runs_dir)


def test_is_none_where_no_run_ever_was(tmp_path: Path) -> None:
    assert not running.is_any_alive(tmp_path / "runs")
