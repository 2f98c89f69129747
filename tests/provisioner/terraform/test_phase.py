import fcntl
import json
import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from provisioner.terraform import lock, phase, shepherd
from tests.provisioner.terraform.runs import Program, Run, eventually, kill_all


class TestStarter:
    def test_without_a_phase_leaves_nothing_behind(self, run: Run) -> None:
        with phase.Starter() as starter:
            # A process has no command line for a moment after its exec().
            eventually(_children)

        assert _children() == []
        assert starter
        assert list(run.directory.rglob("pid.json")) == []

    def test_starts_a_phase_that_is_prepared_after_it(self, run: Run, program: Program) -> None:
        with phase.Starter() as starter:
            step = phase.Step("init", program("print('done')"))
            starter.start(run.whole(step))

        assert run.exit().exit_code == 0
        assert _children() == []


def _children() -> list[str]:
    """Child processes that run a shepherd."""
    found = Path("/proc/self/task").glob("*/children")
    pids = [pid for each in found for pid in each.read_text().split()]
    return [pid for pid in pids if b"shepherd" in Path(f"/proc/{pid}/cmdline").read_bytes()]


class TestSteps:
    def test_run_in_order_and_end_with_the_exit_code_of_the_last(self, run: Run, program: Program) -> None:
        first = program("print('one', flush=True)", "first")
        second = program("print('two', flush=True); sys.exit(2)", "second")

        run.start(phase.Step("init", first), phase.Step("plan", second, success_codes=(0, 2)))

        verdict = run.exit()
        assert (verdict.exit_code, verdict.step, verdict.reason) == (2, "plan", "finished")
        assert [m.type for m in run.messages()] == [
            *("step_start", "text", "step_end"),
            *("step_start", "text", "step_end"),
        ]

    def test_change_the_marker_after_their_start_is_in_the_stream(
        self, run: Run, program: Program, tmp_path: Path
    ) -> None:
        go_on = tmp_path / "go-on"
        waits = program(f"while not os.path.exists({str(go_on)!r}): time.sleep(0.01)", "waits")
        run.start(phase.Step("init", waits), phase.Step("plan", program("pass")))
        pid_file = run.directory / "apply" / "pid.json"
        eventually(lambda: pid_file.exists() and b'"init"' in pid_file.read_bytes())
        first = phase.step_marker(run.directory, phase="apply")

        go_on.touch()

        eventually(lambda: phase.step_marker(run.directory, phase="apply") != first)
        assert b"plan started" in b"".join(run.lines())
        assert phase.step_marker(run.directory, phase="plan") == 0

    def test_stop_at_the_first_that_fails(self, run: Run, program: Program, tmp_path: Path) -> None:
        failing = program("sys.exit(1)", "failing")
        never = program(f"open({str(tmp_path / 'ran')!r}, 'w')", "never")

        run.start(phase.Step("init", failing), phase.Step("plan", never))

        verdict = run.exit()
        assert (verdict.exit_code, verdict.step, verdict.reason) == (1, "init", "finished")
        assert not (tmp_path / "ran").exists()

    def test_write_their_name_exit_code_and_seconds_to_the_stream(self, run: Run, program: Program) -> None:
        run.start(phase.Step("init", program("sys.exit(3)")))

        run.exit()
        last = run.messages()[-1]
        assert (last.type, last.level, last.phase) == ("step_end", "error", "apply")
        assert (last.data["step"], last.data["exit_code"]) == ("init", 3)
        seconds = last.data["seconds"]
        assert isinstance(seconds, float)
        assert 0 < seconds < 20

    def test_can_write_their_standard_output_to_a_private_file(self, run: Run, program: Program) -> None:
        both = program("print('hush'); print('loud', file=sys.stderr)")

        run.start(phase.Step("output", both, private_output="outputs.json"))

        run.exit()
        private = run.directory / "outputs.json"
        assert private.read_text() == "hush\n"
        assert stat.S_IMODE(private.stat().st_mode) == 0o600
        assert b"loud" in run.lines()
        assert b"hush" not in b"".join(run.lines())

    def test_that_cannot_be_run_write_an_error_to_the_stream(self, run: Run) -> None:
        run.start(phase.Step("init", ("/nowhere/terraform", "init")))

        assert run.exit().exit_code == 127
        error = run.messages()[1]
        assert error.level == "error"
        assert "cannot run /nowhere/terraform: [Errno 2]" in error.message

    def test_have_no_input_and_run_in_the_module_in_their_own_session(
        self, run: Run, program: Program
    ) -> None:
        body = """
            leads = os.getsid(0) == os.getpid() == os.getpgid(0)
            print(repr(sys.stdin.read()), os.getcwd(), leads, flush=True)
        """

        run.start(phase.Step("init", program(body)))

        run.exit()
        assert run.lines()[1].decode() == f"'' {run.directory}/module True"

    def test_have_a_lower_priority_than_the_worker(self, run: Run, program: Program) -> None:
        run.start(phase.Step("init", program("print(os.nice(0), flush=True)")))

        run.exit()
        assert run.lines()[1].decode() == str(os.nice(0) + shepherd.NICENESS)

    def test_have_the_default_signal_handlers(self, run: Run, program: Program) -> None:
        body = "print(open('/proc/self/status').read().split('SigIgn:')[1].split()[0], flush=True)"

        run.start(phase.Step("init", program(body)))

        run.exit()
        # Python ignores SIGPIPE and SIGXFSZ. HUP (bit 0), INT (bit 1) and TERM (bit 14) must not be ignored.
        assert int(run.lines()[1], 16) & 0b100000000000011 == 0


class TestStream:
    def test_is_a_file_opened_for_appending_never_a_pipe(self, run: Run, program: Program) -> None:
        body = """
            import fcntl, stat
            for number in (1, 2):
                is_file = stat.S_ISREG(os.fstat(number).st_mode)
                print(is_file, bool(fcntl.fcntl(number, fcntl.F_GETFL) & os.O_APPEND), flush=True)
        """

        run.start(phase.Step("init", program(body)))

        run.exit()
        assert run.lines()[1:3] == [b"True True", b"True True"]

    def test_keeps_both_outputs_in_the_order_in_which_they_were_written(
        self, run: Run, program: Program
    ) -> None:
        body = """
            for number in range(200):
                os.write(1 + number % 2, f"{number}\\n".encode())
        """

        run.start(phase.Step("init", program(body)))

        run.exit()
        assert run.lines()[1:-1] == [str(number).encode() for number in range(200)]

    def test_starts_a_new_line_after_an_incomplete_line_of_a_killed_terraform(
        self, run: Run, program: Program
    ) -> None:
        body = "os.write(1, b'half a li'); os.kill(os.getpid(), signal.SIGKILL)"

        run.start(phase.Step("apply", program(body)))

        assert run.exit().exit_code == -9
        assert run.lines()[1] == b"half a li"
        assert run.messages()[-1].type == "step_end"

    def test_and_all_other_files_are_readable_by_their_owner_only(self, run: Run, program: Program) -> None:
        run.start(phase.Step("init", program("open('made', 'w')")))

        run.exit()
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (run.directory / "apply").iterdir()}
        assert set(modes) == {"stream.jsonl", "pid.json", "exit.json", "shepherd.log"}
        assert set(modes.values()) == {0o600}
        assert stat.S_IMODE((run.directory / "module/made").stat().st_mode) == 0o600


class TestStart:
    def test_is_rejected_while_a_process_of_the_run_is_alive(self, run: Run, program: Program) -> None:
        waiting = program("print('up', flush=True); time.sleep(600)")
        run.start(phase.Step("plan", waiting), name="plan")
        run.waits_for(b"up", "plan")

        with pytest.raises(phase.AlreadyRunning):
            run.start(phase.Step("apply", waiting), name="apply")

        assert not (run.directory / "apply/stream.jsonl").exists()
        assert phase.observe(run.directory, phase="plan").is_held

    def test_does_not_send_go_if_the_check_fails(self, run: Run, program: Program) -> None:
        def fail() -> None:
            raise PermissionError("another worker has the run")

        planned = run.whole(phase.Step("apply", program("print('ran')")))
        with pytest.raises(PermissionError), phase.Starter() as starter:
            starter.start(planned, check_before_go=fail)

        ended = run.exit()
        assert not any(b"ran" in line for line in run.lines())
        assert (ended.exit_code, ended.step, ended.reason) == (shepherd.NOT_STARTED, "", "killed")

    def test_is_rejected_after_the_phase_has_ended(self, run: Run, program: Program, tmp_path: Path) -> None:
        counting = phase.Step("apply", program(f"open({str(tmp_path / 'ran')!r}, 'a').write('x')"))
        run.start(counting)
        run.exit()

        with pytest.raises(phase.AlreadyFinished):
            run.start(counting)

        assert (tmp_path / "ran").read_text() == "x"

    def test_waits_for_the_previous_phases_shepherd_to_exit(self, run: Run, program: Program) -> None:
        run.start(phase.Step("plan", program("pass")), name="plan")
        run.exit("plan")

        run.start(phase.Step("apply", program("pass")), name="apply")

        assert run.exit("apply").exit_code == 0

    def test_waits_for_an_observer_to_release_the_lock(self, run: Run, program: Program) -> None:
        observer = os.open(run.directory / "run.lock", os.O_RDWR | os.O_CREAT)
        fcntl.flock(observer, fcntl.LOCK_SH)
        looked_away = threading.Timer(0.2, os.close, [observer])
        looked_away.start()

        run.start(phase.Step("apply", program("pass")))

        looked_away.join()
        assert run.exit().exit_code == 0

    def test_fails_with_the_error_of_the_shepherd(self, run: Run, program: Program) -> None:
        (run.directory / "run.lock").mkdir()

        with pytest.raises(phase.CannotStart, match="IsADirectoryError"):
            run.start(phase.Step("apply", program("pass")))

    def test_returns_when_the_lock_is_held_and_the_pid_is_written(self, run: Run, program: Program) -> None:
        run.start(phase.Step("apply", program("time.sleep(600)")))

        seen = phase.observe(run.directory, phase="apply")
        recorded = json.loads((run.directory / "apply/pid.json").read_text())
        assert seen.is_held
        assert seen.pid == recorded["pid"]
        assert os.getsid(recorded["pid"]) not in (os.getsid(0), recorded["pid"])

    def test_takes_little_time_until_the_first_line(self, run: Run, program: Program) -> None:
        run.start(phase.Step("init", program("time.sleep(600)")))
        command_line = Path(f"/proc/{run.shepherd()}/cmdline").read_bytes().split(b"\0")
        listing = "import sys; sys.path[:0] = [sys.argv[1]]; import shepherd; print(*sys.modules)"
        command = [sys.executable, "-I", "-S", "-c", listing, str(Path(shepherd.__file__).parent)]
        loaded = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()

        assert command_line[1:3] == [b"-I", b"-S"]
        # Importing any of these takes longer than everything that the shepherd needs.
        assert not {"site", "pathlib", "typing", "subprocess", "dataclasses", "logging"} & set(loaded)

    def test_writes_no_credential_to_the_disk(self, run: Run, program: Program) -> None:
        run.environment = {**run.environment, "AWS_SECRET_ACCESS_KEY": "canary-7f31"}
        body = "print(len(os.environ['AWS_SECRET_ACCESS_KEY']), flush=True)"

        run.start(phase.Step("apply", program(body)))

        run.exit()
        assert run.lines()[1] == b"11"
        written = b"".join(path.read_bytes() for path in run.directory.rglob("*") if path.is_file())
        assert b"canary-7f31" not in written


class TestObserve:
    def test_sees_nothing_before_the_first_start(self, run: Run) -> None:
        seen = phase.observe(run.directory, phase="apply")

        assert seen == phase.Observation(is_held=False, exit=None, pid=None)

    def test_sees_a_dead_phase_without_an_exit_file(self, run: Run, program: Program) -> None:
        run.start(phase.Step("apply", program("print('up', flush=True); time.sleep(600)")))
        run.waits_for(b"up")

        kill_all(run.directory)

        assert phase.observe(run.directory, phase="apply") == phase.Observation(
            is_held=False, exit=None, pid=None
        )

    def test_does_not_mistake_a_reused_pid_for_the_shepherd(self, run: Run) -> None:
        folder = run.directory / "apply"
        folder.mkdir()
        reused = {"pid": os.getpid(), "start_ticks": 1, "boot_id": "another"}
        (folder / "pid.json").write_text(json.dumps(reused))

        assert phase.observe(run.directory, phase="apply").pid is None

    @pytest.mark.parametrize("content", [b"", b"\0" * 85], ids=["empty", "zeros"])
    @pytest.mark.parametrize("name", ["pid.json", "exit.json"])
    def test_ignores_a_file_that_a_power_failure_emptied(self, run: Run, name: str, content: bytes) -> None:
        (run.directory / "apply").mkdir()
        (run.directory / "apply" / name).write_bytes(content)

        assert phase.observe(run.directory, phase="apply") == phase.Observation(
            is_held=False, exit=None, pid=None
        )

    def test_does_not_block_a_start(self, run: Run, program: Program) -> None:
        step = phase.Step("init", program("pass"))
        ended = threading.Event()

        def observe() -> None:
            while not ended.is_set():
                phase.observe(run.directory, phase="apply")

        observer = threading.Thread(target=observe)
        observer.start()
        for number in range(10):
            run.start(step, name=f"phase{number}")
            run.exit(f"phase{number}")
        ended.set()
        observer.join()

        eventually(lambda: not lock.is_held(run.directory))
