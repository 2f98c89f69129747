import fcntl
import json
import os
import signal
import threading
import time
from pathlib import Path

import pytest

from provisioner.terraform import lock, phase
from tests.provisioner.terraform.runs import Program, Run, eventually

# Counts its interrupts, and ends 0.8 s after the first, so that a second one could arrive.
OBEDIENT = """
    interrupts = []
    signal.signal(signal.SIGINT, lambda number, frame: interrupts.append(number))
    print("up", flush=True)
    while not interrupts:
        time.sleep(0.01)
    end = time.monotonic() + 0.8
    while time.monotonic() < end:
        time.sleep(0.01)
    print(f"interrupts: {len(interrupts)}", flush=True)
    sys.exit(1)
"""
STUBBORN = """
    signal.signal(signal.SIGINT, lambda number, frame: print("no", flush=True))
    print("up", flush=True)
    while True:
        time.sleep(0.05)
"""
DEAF = """
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    print("up", flush=True)
    time.sleep(600)
"""


class TestRequestStop:
    def test_ten_times_sends_one_interrupt(self, run: Run, program: Program) -> None:
        run.start(phase.Step("apply", program(OBEDIENT)))
        run.waits_for(b"up")

        for _ in range(10):
            phase.request_stop(run.directory, phase="apply")

        verdict = run.exit()
        assert (verdict.exit_code, verdict.reason) == (1, "cancelled")
        assert b"interrupts: 1" in run.lines()
        assert [m.data["reason"] for m in run.messages() if m.type == "stop_asked"] == ["cancelled"]

    def test_by_ten_people_at_once_sends_one_interrupt(self, run: Run, program: Program) -> None:
        run.start(phase.Step("apply", program(OBEDIENT)))
        run.waits_for(b"up")
        barrier = threading.Barrier(10)

        def ask() -> None:
            barrier.wait()
            phase.request_stop(run.directory, phase="apply")

        people = [threading.Thread(target=ask) for _ in range(10)]
        for person in people:
            person.start()
        for person in people:
            person.join()

        assert run.exit().reason == "cancelled"
        assert b"interrupts: 1" in run.lines()

    def test_before_the_start_prevents_the_start(self, run: Run, program: Program, tmp_path: Path) -> None:
        phase.request_stop(run.directory, phase="apply")

        run.start(phase.Step("apply", program(f"open({str(tmp_path / 'ran')!r}, 'w')")))

        verdict = run.exit()
        assert (verdict.exit_code, verdict.step, verdict.reason) == (125, "apply", "cancelled")
        assert not (tmp_path / "ran").exists()

    def test_between_two_steps_does_not_start_the_second(
        self, run: Run, program: Program, tmp_path: Path
    ) -> None:
        # Finishes its step although it was interrupted.
        first = program(
            "signal.signal(2, lambda *_: sys.exit(0)); print('up', flush=True); time.sleep(600)", "first"
        )
        second = program(f"open({str(tmp_path / 'ran')!r}, 'w')", "second")
        run.start(phase.Step("init", first), phase.Step("plan", second))
        run.waits_for(b"up")

        phase.request_stop(run.directory, phase="apply")

        verdict = run.exit()
        assert (verdict.step, verdict.reason) == ("plan", "cancelled")
        assert not (tmp_path / "ran").exists()

    def test_of_an_apply_that_finishes_anyway_still_reads_its_outputs(
        self, run: Run, program: Program
    ) -> None:
        apply = program(
            "signal.signal(2, lambda *_: sys.exit(0)); print('up', flush=True); time.sleep(600)", "a"
        )
        output = program("print('{}')", "o")
        run.start(
            phase.Step("apply", apply), phase.Step("output", output, "outputs.json", despite_cancel=True)
        )
        run.waits_for(b"up")

        phase.request_stop(run.directory, phase="apply")

        assert (run.exit().exit_code, run.exit().reason) == (0, "finished")
        assert (run.directory / "outputs.json").read_text() == "{}\n"

    def test_does_not_interrupt_the_reading_of_the_outputs(self, run: Run, program: Program) -> None:
        go_on = run.directory / "module/go_on"
        output = program("""
            print("up", file=sys.stderr, flush=True)
            while not os.path.exists("go_on"):
                time.sleep(0.01)
        """)
        run.start(phase.Step("output", output, "outputs.json", despite_cancel=True))
        run.waits_for(b"up")
        began = time.monotonic()

        phase.request_stop(run.directory, phase="apply")

        # The time of two checks by the shepherd, one every 0.25 s.
        eventually(lambda: time.monotonic() - began > 0.6)
        go_on.touch()
        assert (run.exit().exit_code, run.exit().reason) == (0, "finished")

    def test_after_the_end_changes_nothing(self, run: Run, program: Program) -> None:
        run.start(phase.Step("apply", program("pass")))
        before = run.exit()

        phase.request_stop(run.directory, phase="apply")

        assert run.exit() == before

    def test_without_effect_is_reported_as_still_stopping_and_not_repeated(
        self, run: Run, program: Program
    ) -> None:
        run.start(phase.Step("apply", program(STUBBORN)), grace=0.1)
        run.waits_for(b"up")

        phase.request_stop(run.directory, phase="apply")

        run.waits_for(b"still_stopping")
        assert phase.observe(run.directory, phase="apply").is_held
        assert run.lines().count(b"no") == 1


class TestDeadline:
    def test_interrupts_once_and_says_why(self, run: Run, program: Program) -> None:
        run.start(phase.Step("apply", program(OBEDIENT)), deadline=2)

        verdict = run.exit()
        assert (verdict.exit_code, verdict.reason) == (1, "deadline")
        assert b"interrupts: 1" in run.lines()

    def test_and_a_cancel_together_are_one_interrupt(self, run: Run, program: Program) -> None:
        run.start(phase.Step("apply", program(OBEDIENT)), deadline=2)
        run.waits_for(b"stop_asked")

        phase.request_stop(run.directory, phase="apply")

        assert run.exit().reason == "deadline"
        assert b"interrupts: 1" in run.lines()


class TestKilledByAnother:
    """A SIGKILL by another process, for example the kernel's when memory runs out, after a stop request."""

    @pytest.mark.parametrize("deadline", [60, 1], ids=["cancelled", "overdue"])
    def test_ends_as_killed_despite_a_stop_request(self, run: Run, program: Program, deadline: float) -> None:
        run.start(phase.Step("apply", program(STUBBORN)), deadline=deadline)
        run.waits_for(b"up")
        if deadline == 60:
            phase.request_stop(run.directory, phase="apply")
        run.waits_for(b"no")

        os.kill(terraform_of(run), signal.SIGKILL)

        assert (run.exit().exit_code, run.exit().reason) == (-9, "killed")

    def test_does_not_include_our_interrupt_before_its_handler_is_installed(
        self, run: Run, program: Program
    ) -> None:
        run.start(phase.Step("apply", program(DEAF)))
        run.waits_for(b"up")

        phase.request_stop(run.directory, phase="apply")

        assert (run.exit().exit_code, run.exit().reason) == (-2, "cancelled")

    def test_includes_an_interrupt_by_another_process(self, run: Run, program: Program) -> None:
        run.start(phase.Step("apply", program(DEAF)))
        run.waits_for(b"up")

        os.kill(terraform_of(run), signal.SIGINT)

        assert (run.exit().exit_code, run.exit().reason) == (-2, "killed")


def terraform_of(run: Run) -> int:
    pid = json.loads((run.directory / "apply/pid.json").read_bytes())["terraform_pid"]
    assert isinstance(pid, int)
    return pid


class TestForceStop:
    def test_kills_terraform_and_its_process_group(self, run: Run, program: Program) -> None:
        body = "subprocess.Popen(['sleep', '600'], close_fds=False); print('up', flush=True); time.sleep(600)"
        run.start(phase.Step("apply", program(body)))
        run.waits_for(b"up")

        phase.force_stop(run.directory, phase="apply")

        verdict = run.exit()
        assert (verdict.exit_code, verdict.reason) == (-9, "killed")
        eventually(lambda: not lock.is_held(run.directory))

    def test_works_without_a_shepherd(self, run: Run, program: Program) -> None:
        body = """
            subprocess.Popen(['setsid', 'sleep', '600'], close_fds=False)
            print('up', flush=True)
            time.sleep(600)
        """
        run.start(phase.Step("apply", program(body)))
        run.waits_for(b"up")
        shepherd = run.shepherd()
        os.kill(shepherd, signal.SIGKILL)
        eventually(lambda: phase.observe(run.directory, phase="apply").pid is None)
        assert phase.observe(run.directory, phase="apply").is_held

        phase.force_stop(run.directory, phase="apply")

        eventually(lambda: not lock.is_held(run.directory))

    def test_never_kills_an_observer(self, run: Run, program: Program) -> None:
        run.start(phase.Step("apply", program("pass")))
        run.exit()
        eventually(lambda: not lock.is_held(run.directory))
        with (run.directory / "run.lock").open() as file:
            fcntl.flock(file, fcntl.LOCK_SH)

            phase.force_stop(run.directory, phase="apply")

        # The observer is this process, and it is still alive.
        assert os.getpid() not in lock.holder_pids(run.directory)

    def test_does_not_wait_for_the_grace_period_or_the_deadline(self, run: Run, program: Program) -> None:
        run.start(phase.Step("apply", program(STUBBORN)), deadline=600, grace=600)
        run.waits_for(b"up")
        phase.request_stop(run.directory, phase="apply")
        run.waits_for(b"stop_asked")

        phase.force_stop(run.directory, phase="apply")

        assert run.exit().reason == "killed"


class TestSignalsToTheShepherd:
    def test_by_a_service_manager_are_not_forwarded_to_terraform(self, run: Run, program: Program) -> None:
        run.start(phase.Step("apply", program(OBEDIENT)))
        run.waits_for(b"up")
        shepherd = run.shepherd()

        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            os.kill(shepherd, number)
        phase.request_stop(run.directory, phase="apply")

        assert run.exit().reason == "cancelled"
        assert b"interrupts: 1" in run.lines()
