"""Faults of capacity: a full disk, eight runs at once, a million lines."""

import random
import resource
import shutil
import string
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from provisioner import accounts
from provisioner.cloud import state_storage
from provisioner.models import Run, RunEvent
from provisioner.run_status import RunStatus
from provisioner.terraform import phase
from provisioner.worker import preparation
from tests.faults import invariants, workers
from tests.portal.runs import node
from tests.support import processes
from tests.support.engine import PlaceOrder, brought_to, executed

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("invariants_hold")]
EIGHT = range(8)
LETTERS = string.ascii_letters + string.digits
MOST_MEGABYTES = 60  # limit for a hundred times as many lines


def terraform_after(folder: Path, condition: str, act: str) -> str:
    """A Terraform that runs `act` before commands that match a shell pattern."""
    script = folder / "terraform"
    real = shutil.which("terraform")
    script.write_text(f'#!/bin/sh\ncase " $* " in {condition}) {act} ;; esac\nexec {real} "$@"\n')
    script.chmod(0o700)
    return str(script)


class TestFullDisk:
    """Fault 40, with a limit on the size of files."""

    @pytest.mark.fault(40)
    def test_during_the_plan_fails_the_run_with_a_reason(
        self, place_order: PlaceOrder, tmp_path: Path, settings: Settings
    ) -> None:
        settings.TERRAFORM_BINARY = terraform_after(tmp_path, '*" plan "*', "ulimit -f 16")
        # Random text, which zip cannot compress.
        long = {name: "".join(random.choices(LETTERS, k=4000)) for name in ("greeting", "secret")}

        run = executed(place_order(**long))

        assert run.status == RunStatus.FAILED
        # Terraform does not notice the failed write; it reports it when it reads the file.
        assert "as a plan file" in run.reason

    @pytest.mark.fault(40)
    def test_during_the_apply_loses_lines_but_no_state_and_is_reported(
        self, gated: Run, gate: Path, made: Path
    ) -> None:
        with processes.executing(gated) as worker:
            workers.until_in_mid_apply(gated)
            directory = preparation.directory_of(gated)
            shepherd = phase.observe(directory, phase="apply").pid
            assert shepherd
            full = phase.stream_path(directory, phase="apply").stat().st_size
            for pid in (shepherd, *workers.children(shepherd)):
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (full, full))
            gate.touch()
            assert worker.wait(timeout=90) == 0

        gated.refresh_from_db()
        assert gated.status == RunStatus.APPLIED
        assert "log is incomplete" in gated.reason
        account = accounts.to_cloud(gated.environment.account)
        state = state_storage.read_state(account, environment_id=gated.environment_id)
        assert [each["name"] for each in state.resources] == ["first", "second"]
        assert list(invariants.made_once(made, each=["web-1"])) == []


@pytest.mark.fault(49)
@pytest.mark.slow_fault
def test_eight_inits_at_the_same_time_all_succeed(
    place_order: PlaceOrder, tmp_path: Path, redis_url: str
) -> None:
    there = tmp_path / "there"
    there.mkdir()
    all_there = f"touch {there}/$$; while [ $(ls {there} | wc -l) -lt {len(EIGHT)} ]; do sleep 0.05; done"
    binary = terraform_after(tmp_path, '*" init "*', all_there)
    runs = [place_order(name=f"web-{n}", network=f"10.{n}.0.0/16") for n in EIGHT]
    with workers.celery("runs", redis_url, RUN_SLOTS=str(len(EIGHT)), TERRAFORM_BINARY=binary):
        ended = [workers.ended(run, limit_seconds=120) for run in runs]

    assert [run.status for run in ended] == [RunStatus.APPLIED] * len(EIGHT)
    assert len(list(there.iterdir())) == len(EIGHT)


class TestManyLines:
    """Fault 39."""

    @pytest.mark.fault(39)
    @pytest.mark.parametrize(
        "lines",
        [
            pytest.param(100_000, marks=pytest.mark.slow_fault),
            pytest.param(1_000_000, marks=pytest.mark.long_fault),
        ],
    )
    def test_are_each_stored_once_without_more_memory(
        self, place_order: PlaceOrder, lines: int, record_property: Any
    ) -> None:
        few = self._ingested(place_order(), lines // 100)
        many = self._ingested(place_order(name="web-2", network="10.20.0.0/16"), lines)

        record_property("lines a second", round(lines / many[0]))
        record_property("MB more than for a hundredth", round(many[1] - few[1]))
        assert many[1] - few[1] < MOST_MEGABYTES

    def _ingested(self, run: Run, lines: int) -> tuple[float, float]:
        """Seconds and megabytes for the ingestion of this many lines."""
        run = brought_to(run, RunStatus.APPLYING)
        command = [sys.executable, "-m", "tests.faults.many_lines", str(run.pk), str(lines)]
        done = subprocess.run(
            command, env=processes.environment(), cwd=processes.ROOT, capture_output=True, check=True
        )
        reported = RunEvent.objects.filter(run=run, message__startswith="line ")
        assert reported.count() == lines
        run.refresh_from_db()
        assert run.events.count() == run.last_seq
        last = reported.order_by("-seq").values_list("message", flat=True).first()
        assert last == f"line {lines}"
        seconds, megabytes = done.stdout.split()
        return float(seconds), float(megabytes)

    @pytest.mark.fault(39)
    def test_are_limited_in_the_browser(self) -> None:
        script = """
            import { LogLines, LIMIT } from "../../../portal/static/js/run/log_lines.js";
            const log = new LogLines();
            const at = "2026-01-01T00:00:00Z";
            const event = { at, phase: "apply", level: "info", type: "text", data: {} };
            for (let first = 1; first <= 1_000_000; first += 500) {
              const numbers = Array.from({ length: 500 }, (_, index) => first + index);
              log.append(numbers.map((seq) => ({ ...event, seq, message: `line ${seq}` })));
            }
            console.log(LIMIT, log.lines.length, log.dropped, log.lines.at(-1).text);
        """
        limit, held, dropped, *last = node.run("--input-type=module", "--eval", script).split()

        assert int(held) <= int(limit) == 200_000
        assert int(dropped) == 1_000_000 - int(held)
        assert last == ["line", "1000000"]
