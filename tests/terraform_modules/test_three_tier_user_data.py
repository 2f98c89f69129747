"""The first boot of an application instance: rendered by Terraform, read by shellcheck, and how it fails."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.terraform_modules import user_data
from tests.terraform_modules.instance import Instance

SHELLCHECK = Path(sys.executable).with_name("shellcheck")


def scripts_in(script: str) -> dict[str, str]:
    """The script itself and those that it lays out."""
    inside = {name: text for name, text in user_data.files(script).items() if text.startswith("#!")}
    return {"user data": script, **inside}


@pytest.mark.parametrize("mode", user_data.MODES)
class TestRenderedUserData:
    def test_is_bash_that_shellcheck_accepts(self, scripts: dict[str, str], mode: str) -> None:
        for name, text in scripts_in(scripts[mode]).items():
            parsed = subprocess.run(["bash", "-n"], input=text, text=True, capture_output=True)
            read = subprocess.run([SHELLCHECK, "-"], input=text, text=True, capture_output=True)

            assert (name, parsed.returncode, parsed.stderr) == (name, 0, "")
            assert (name, read.returncode, read.stdout) == (name, 0, "")

    def test_is_small_enough_for_ec2_and_wholly_rendered(self, scripts: dict[str, str], mode: str) -> None:
        assert len(scripts[mode].encode()) < 16384
        assert "%{" not in scripts[mode]
        assert "${" not in scripts[mode]

    def test_carries_no_secret(self, scripts: dict[str, str], mode: str) -> None:
        written_down = re.compile(r"(password|secret|token)[\"']?\s*[=:]\s*[\"'][^\"'$]", re.IGNORECASE)

        assert written_down.search('password = "hunter2"')
        for text in [scripts[mode], *user_data.files(scripts[mode]).values()]:
            assert not written_down.search(text)
            assert "DB_SECRET_ARN=" not in text

    def test_runs_the_application_without_rights(self, scripts: dict[str, str], mode: str) -> None:
        unit = user_data.files(scripts[mode])["/etc/systemd/system/app.service"]

        assert {"User=app", "Restart=always", "NoNewPrivileges=yes", "ProtectSystem=strict"} <= set(
            unit.splitlines()
        )

    def test_names_the_stage_that_failed(self, scripts: dict[str, str], mode: str, tmp_path: Path) -> None:
        ended = Instance(tmp_path / "instance", environment={}).boot(scripts[mode], fails="dnf ")

        assert ended.code != 0
        assert re.search(r"^USERDATA_FAIL stage=packages line=\d+ rc=7$", ended.log, re.MULTILINE)
        assert "USERDATA_OK" not in ended.log

    def test_gives_up_on_a_way_out_after_two_minutes(
        self, scripts: dict[str, str], mode: str, tmp_path: Path
    ) -> None:
        instance = Instance(tmp_path / "instance", environment={})

        ended = instance.boot(scripts[mode], fails="curl ", hurried=True)

        assert "EGRESS_FAIL https://al2023-repos-ap-northeast-2" in ended.log
        assert "USERDATA_FAIL stage=egress" in ended.log
        assert not any(call.startswith("dnf") for call in ended.calls)


class TestPackagesThatAmazonLinuxDoesNotHave:
    def test_are_noticed(self, scripts: dict[str, str], tmp_path: Path) -> None:
        wrong = scripts["online"].replace("install nginx ", "install nginx-light ")

        ended = Instance(tmp_path / "instance", environment={}).boot(wrong)

        assert "No match for argument: nginx-light" in ended.log
        assert "USERDATA_FAIL stage=packages" in ended.log
