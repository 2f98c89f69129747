"""What continues after the end of the starter, the shepherd or Terraform, or on a full disk."""

import os
import resource
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from provisioner.terraform import lock, phase, shepherd
from tests.provisioner.terraform.runs import Program, Run, eventually

SLOW = """
    for number in range(20):
        print(f"line {number}", flush=True)
        time.sleep(0.05)
"""


def starter(
    run: Run, step: phase.Step, *, before: str = "", after: str = "time.sleep(600)"
) -> subprocess.Popen[bytes]:
    """A separate process, instead of the worker, that starts the phase and then runs other code."""
    body = f"""
        import os, resource, signal, sys, time
        from pathlib import Path
        from provisioner.terraform import phase
        {before}
        directory, environment = Path({str(run.directory)!r}), {dict(run.environment)!r}
        step = phase.Step({step.name!r}, {step.arguments!r})
        phase.start(phase.Phase("apply", directory, (step,), environment, 60, 60))
        {after}
    """
    return subprocess.Popen([sys.executable, "-c", textwrap.dedent(body)], start_new_session=True)


class TestDeathOfTheStarter:
    @pytest.mark.parametrize("whole_group", [False, True], ids=["alone", "with its process group"])
    def test_does_not_affect_terraform(self, run: Run, program: Program, whole_group: bool) -> None:
        worker = starter(run, phase.Step("apply", program(SLOW)))
        run.waits_for(b"line 3")

        (os.killpg if whole_group else os.kill)(worker.pid, signal.SIGKILL)
        worker.wait()

        assert phase.observe(run.directory, phase="apply").is_held
        assert run.exit().exit_code == 0
        assert run.lines()[1:-1] == [f"line {number}".encode() for number in range(20)]
        eventually(lambda: not lock.is_held(run.directory))

    def test_would_break_a_stream_that_is_a_pipe(self, run: Run, program: Program, tmp_path: Path) -> None:
        # Without the protection: the same program writes into a pipe that the worker reads.
        ended = tmp_path / "ended"
        fake = program(SLOW + f"    open({str(ended)!r}, 'w')\n")
        body = f"import subprocess; subprocess.Popen({fake!r}, stdout=subprocess.PIPE).stdout.read()"
        worker = subprocess.Popen([sys.executable, "-c", body])
        child = eventually(lambda: _children(worker.pid))[0]

        worker.kill()
        worker.wait()

        eventually(lambda: not _is_running(child))
        assert not ended.exists()

    def test_before_the_go_starts_nothing(self, run: Run, program: Program, tmp_path: Path) -> None:
        step = phase.Step("apply", program(f"open({str(tmp_path / 'ran')!r}, 'w')"))
        command = [sys.executable, "-I", "-S", shepherd.__file__]
        (run.directory / "apply").mkdir()
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={}) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(phase._specification(run.whole(step)))
            process.stdin.flush()
            assert process.stdout.readline() == b"ready\n"

        verdict = run.exit()
        assert (verdict.exit_code, verdict.step, verdict.reason) == (125, "", "killed")
        assert not (tmp_path / "ran").exists()


class TestDeathOfTheShepherd:
    def test_leaves_terraform_running_and_the_lock_held(self, run: Run, program: Program) -> None:
        run.start(phase.Step("apply", program(SLOW)))
        run.waits_for(b"line 3")

        os.kill(run.shepherd(), signal.SIGKILL)

        run.waits_for(b"line 4")
        assert phase.observe(run.directory, phase="apply").is_held
        eventually(lambda: not lock.is_held(run.directory))
        assert run.lines()[-1] == b"line 19"
        assert phase.observe(run.directory, phase="apply").exit is None


class TestDeathOfTerraform:
    def test_writes_exit_json_while_its_children_still_hold_the_lock(
        self, run: Run, program: Program
    ) -> None:
        body = """
            subprocess.Popen(['sleep', '600'], close_fds=False)
            os.kill(os.getpid(), signal.SIGKILL)
        """

        run.start(phase.Step("apply", program(body)))

        verdict = run.exit()
        assert (verdict.exit_code, verdict.reason) == (-9, "killed")
        eventually(lambda: phase.observe(run.directory, phase="apply").pid is None)
        assert phase.observe(run.directory, phase="apply").is_held
        with pytest.raises(phase.AlreadyRunning):
            run.start(phase.Step("other", program("pass")), name="other")


class TestFullDisk:
    def test_is_prepared_for_by_reserved_blocks_for_exit_json(self, run: Run, program: Program) -> None:
        run.start(phase.Step("apply", program("print('up', flush=True); time.sleep(600)")))

        run.waits_for(b"up")

        room = run.directory / "apply/exit.new"
        # The blocks are really written: a sparse file would not get them on a full disk.
        assert room.read_bytes() == b" " * 1024
        assert room.stat().st_blocks * 512 >= 1024

    def test_does_not_lose_exit_json(self, run: Run, program: Program) -> None:
        # No file may grow over 2 KiB: the stream is truncated, and exit.json fits into its reserved blocks.
        fake = program("""
            import contextlib
            for number in range(200):
                with contextlib.suppress(OSError):
                    os.write(1, b"x" * 99 + b"\\n")
        """)
        limit = "resource.setrlimit(resource.RLIMIT_FSIZE, (2048, 2048))"
        worker = starter(run, phase.Step("apply", fake), before=limit, after="")

        assert worker.wait() == 0

        assert run.exit().exit_code == 0
        assert phase.stream_path(run.directory, phase="apply").stat().st_size == 2048
        assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes() != b""
    except OSError:
        return False
