"""Another image on an instance that runs, by the script and by the command document."""

from __future__ import annotations

import fcntl
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.simulator import server as simulator
from tests.terraform_modules.instance import Instance
from tests.terraform_modules.user_data_for_real.environment import Environment

REPOSITORY = "123456789012.dkr.ecr.ap-northeast-2.amazonaws.com/app-shop-dev-4ed6c4"


@pytest.fixture
def rolling(running: Environment) -> Iterator[Environment]:
    yield running
    running.wants("none")
    assert running.roll_out()[0] == 0


class TestRollOut:
    def test_runs_the_image_that_the_parameter_names(self, rolling: Environment) -> None:
        digest = f"sha256:{'a' * 64}"
        rolling.wants(f"{REPOSITORY}@{digest}")

        code, output = rolling.roll_out()

        assert (code, f"ROLLOUT_OK {REPOSITORY}@{digest}" in output) == (0, True), output
        assert rolling.instance.get("/version").fields == {"version": "from-an-image", "digest": digest}
        assert rolling.instance.main_process("app.service") == 0
        calls = rolling.instance.text("calls")
        assert f"pull {REPOSITORY}@{digest}" in calls
        assert "--read-only" in calls

    def test_goes_back_when_the_image_does_not_start(self, rolling: Environment) -> None:
        rolling.wants(f"{REPOSITORY}@sha256:{'0' * 64}")

        code, output = rolling.roll_out()

        assert (code, "did not come up" in output) == (1, True)
        assert rolling.instance.get("/version").fields == {"version": "built-in", "digest": None}

    def test_leaves_what_runs_alone_when_the_image_is_for_another_kind_of_processor(
        self, rolling: Environment
    ) -> None:
        before = rolling.instance.main_process("app.service")
        rolling.wants(f"{REPOSITORY}@sha256:{'1' * 64}")

        code, output = rolling.roll_out()

        assert (code, "the image is made for another one" in output) == (1, True), output
        assert rolling.instance.main_process("app.service") == before

    def test_waits_for_the_one_that_is_under_way_and_reads_the_parameter_then(
        self, rolling: Environment
    ) -> None:
        root = rolling.instance.root
        digest = f"sha256:{'b' * 64}"
        (root / "calls").write_text("")
        with (root / "opt/app/roll-out.lock").open("a") as under_way:
            fcntl.flock(under_way, fcntl.LOCK_EX)
            second = rolling.instance.begin(f"{root}/opt/app/roll-out")
            simulator.wait_for(lambda: "flock" in rolling.instance.text("calls"))
            asked_early = "get-parameter" in rolling.instance.text("calls")
            rolling.wants(f"{REPOSITORY}@{digest}")

        assert second.wait(60) == 0
        assert not asked_early
        assert rolling.instance.get("/version").fields["digest"] == digest

    def test_says_that_another_one_does_not_end(self, running: Environment) -> None:
        running.instance.surroundings["TEST_FAILS"] = "flock "
        ended = running.roll_out()
        del running.instance.surroundings["TEST_FAILS"]

        assert ended == (1, "ROLLOUT_FAIL another roll-out does not end\n")

    def test_refuses_what_is_not_an_image_of_its_own_by_digest(self, running: Environment) -> None:
        before = running.instance.main_process("app.service")
        digest = f"sha256:{'a' * 64}"
        answers = []
        for image in (f"{REPOSITORY}:latest", f"{REPOSITORY}@sha256:aa", f"example.org/app@{digest}"):
            running.wants(image)
            answers.append(running.roll_out())
        running.wants("none")

        assert [(code, output.startswith("ROLLOUT_FAIL ")) for code, output in answers] == [(1, True)] * 3
        assert running.instance.main_process("app.service") == before


class TestTheCommandDocument:
    @pytest.fixture
    def commands(self, three_tier: Path) -> list[str]:
        document = re.search(
            r"runCommand = \[\n(.*?)\n +\]", (three_tier / "image.tf").read_text(), re.DOTALL
        )
        assert document
        found: list[str] = json.loads(f"[{document[1].rstrip().rstrip(',')}]")
        return found

    def test_is_no_failure_on_a_server_in_its_first_boot(self, commands: list[str], tmp_path: Path) -> None:
        booting = Instance(tmp_path / "root", environment={})

        done = booting.run_document(commands)

        assert (done.returncode, done.stdout) == (0, "In its first boot, which reads the image by itself.\n")

    def test_rolls_out_on_any_other(self, commands: list[str], running: Environment) -> None:
        done = running.instance.run_document(commands)

        assert (done.returncode, "ROLLOUT_OK none" in done.stdout) == (0, True), done.stdout
