"""All Terraform runs of a host, found by their locks."""

from collections.abc import Callable
from pathlib import Path

import pytest

from provisioner.terraform import phase, running
from tests.provisioner.terraform.runs import Program, Run


@pytest.fixture
def runs_dir(run: Run, program: Program) -> Path:
    """The folder of all runs. One of them applies."""
    run.start(phase.Step("apply", program("print('up', flush=True); time.sleep(600)")))
    run.waits_for(b"up")
    return run.directory.parent


def asked(runs_dir: Path) -> None:
    assert running.request_stop_of_all(runs_dir) == 1


@pytest.mark.parametrize("end", [asked, running.kill_all], ids=["asked to stop", "killed"])
def test_a_run_is_alive_until_it_has_ended(runs_dir: Path, end: Callable[[Path], None]) -> None:
    assert running.is_any_alive(runs_dir)

    end(runs_dir)

    assert running.wait_until_stopped(runs_dir, within_seconds=60)
    assert not running.is_any_alive(runs_dir)
    assert running.request_stop_of_all(runs_dir) == 0


def test_waiting_has_a_time_limit(runs_dir: Path) -> None:
    assert not running.wait_until_stopped(runs_dir, within_seconds=0)


def test_a_run_is_found_by_its_lock_alone(run: Run, runs_dir: Path) -> None:
    # As after a power failure. It must not confuse a worker in a container.
    (run.directory / "apply" / "pid.json").write_bytes(b"")

    assert running.is_any_alive(runs_dir)


def test_no_run_is_alive_without_the_folder(tmp_path: Path) -> None:
    assert not running.is_any_alive(tmp_path / "runs")
