import fcntl
import os
import subprocess
from pathlib import Path

import pytest

from provisioner.terraform import lock
from tests.provisioner.terraform.runs import eventually


class TestHolders:
    def test_are_all_processes_that_inherited_the_lock_but_no_observer(self, tmp_path: Path) -> None:
        held = os.open(tmp_path / lock.FILE_NAME, os.O_RDWR | os.O_CREAT)
        fcntl.flock(held, fcntl.LOCK_EX)
        observer = os.open(tmp_path / lock.FILE_NAME, os.O_RDONLY)
        with subprocess.Popen(["sleep", "600"], pass_fds=[held]) as child:
            with subprocess.Popen(["sleep", "600"], pass_fds=[observer]) as onlooker:
                eventually(lambda: _runs_sleep(child.pid) and _runs_sleep(onlooker.pid))

                assert sorted(lock.holder_pids(tmp_path)) == sorted([os.getpid(), child.pid])

                onlooker.kill()
            child.kill()
        os.close(held)
        assert lock.holder_pids(tmp_path) == []
        os.close(observer)


class TestIsHeld:
    def test_until_the_last_process_that_inherited_the_lock_ends(self, tmp_path: Path) -> None:
        held = os.open(tmp_path / lock.FILE_NAME, os.O_RDWR | os.O_CREAT)
        fcntl.flock(held, fcntl.LOCK_EX)
        with subprocess.Popen(["sleep", "600"], pass_fds=[held]) as child:
            os.close(held)

            assert lock.is_held(tmp_path)
            assert not lock.wait_until_free(tmp_path, seconds=0.05)

            child.kill()
        assert not lock.is_held(tmp_path)

    @pytest.mark.parametrize("mode", [fcntl.LOCK_SH, fcntl.LOCK_UN])
    def test_is_false_for_an_observers_lock_and_without_a_lock(self, tmp_path: Path, mode: int) -> None:
        with (tmp_path / lock.FILE_NAME).open("w") as file:
            fcntl.flock(file, mode)

            assert not lock.is_held(tmp_path)

    def test_is_false_before_the_first_start(self, tmp_path: Path) -> None:
        assert not lock.is_held(tmp_path)


def _runs_sleep(pid: int) -> bool:
    return b"sleep" in Path(f"/proc/{pid}/cmdline").read_bytes()
