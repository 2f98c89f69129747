"""The first boot of an application instance: rendered by Terraform, read by shellcheck, run by bash."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.blueprints.conftest import Terraform
from tests.blueprints.user_data_sandbox import boot

RENDER = """
variable "module" { type = string }
output "online" {
  value = templatefile("${var.module}/templates/user_data.sh.tftpl", {
    offline            = false
    region             = "eu-west-1"
    database_parameter = "/shop-dev-4ed6c4/database"
    app_source         = file("${var.module}/app/main.py")
    requirements       = file("${var.module}/app/requirements.txt")
  })
}
output "offline" {
  value = templatefile("${var.module}/templates/user_data.sh.tftpl", {
    offline            = true
    region             = "eu-west-1"
    database_parameter = "/shop-dev-4ed6c4/database"
    app_source         = file("${var.module}/app/offline.py")
    requirements       = file("${var.module}/app/requirements.txt")
  })
}
"""
MODES = ("online", "offline")
STAGES = ["egress", "packages", "application", "settings", "nginx"]


@pytest.fixture(scope="module")
def scripts(
    terraform: Terraform, three_tier: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("user-data")
    (folder / "main.tf").write_text(RENDER)
    applied = terraform("apply", "-auto-approve", "-no-color", f"-var=module={three_tier}", cwd=folder)
    assert applied.returncode == 0, applied.stderr
    outputs = json.loads(terraform("output", "-json", cwd=folder).stdout)
    return {mode: outputs[mode]["value"] for mode in MODES}


@pytest.mark.parametrize("mode", MODES)
class TestRenderedUserData:
    def test_is_a_bash_script_that_shellcheck_accepts(self, scripts: dict[str, str], mode: str) -> None:
        shellcheck = Path(sys.executable).with_name("shellcheck")

        parsed = subprocess.run(["bash", "-n"], input=scripts[mode], text=True, capture_output=True)
        read = subprocess.run([shellcheck, "-"], input=scripts[mode], text=True, capture_output=True)

        assert (parsed.returncode, parsed.stderr) == (0, "")
        assert (read.returncode, read.stdout) == (0, "")

    def test_is_small_enough_for_ec2_and_wholly_rendered(self, scripts: dict[str, str], mode: str) -> None:
        assert len(scripts[mode].encode()) < 16384
        assert "%{" not in scripts[mode]
        assert "${" not in scripts[mode]

    def test_carries_no_secret(self, scripts: dict[str, str], mode: str) -> None:
        written_down = re.compile(r"(password|secret|token)[\"']?\s*[=:]\s*[\"'][^\"']", re.IGNORECASE)

        assert written_down.search('password = "hunter2"')
        assert not written_down.search(scripts[mode])
        assert "DB_SECRET_ARN=" not in scripts[mode]

    def test_says_each_stage_and_ends_well(self, scripts: dict[str, str], mode: str, tmp_path: Path) -> None:
        ended = boot(scripts[mode], root=tmp_path)

        assert ended.code == 0, ended.log
        assert re.findall(r"^STAGE (\w+) end \d+$", ended.log, re.MULTILINE) == STAGES
        assert "EGRESS_OK" in ended.log
        assert re.search(r"^USERDATA_OK \d+$", ended.log, re.MULTILINE)
        assert "systemctl enable --now app.service" in ended.calls
        assert ended.calls.index("nginx -t") < ended.calls.index("systemctl enable --now nginx")

    def test_runs_the_application_without_rights(
        self, scripts: dict[str, str], mode: str, tmp_path: Path
    ) -> None:
        unit = (boot(scripts[mode], root=tmp_path).root / "etc/systemd/system/app.service").read_text()

        assert {"User=app", "Restart=always", "NoNewPrivileges=yes", "ProtectSystem=strict"} <= set(
            unit.splitlines()
        )

    def test_names_the_stage_that_failed(self, scripts: dict[str, str], mode: str, tmp_path: Path) -> None:
        ended = boot(scripts[mode], root=tmp_path, fails="dnf ")

        assert ended.code != 0
        assert re.search(r"^USERDATA_FAIL stage=packages line=\d+ rc=7$", ended.log, re.MULTILINE)
        assert "USERDATA_OK" not in ended.log

    def test_gives_up_on_a_way_out_after_two_minutes(
        self, scripts: dict[str, str], mode: str, tmp_path: Path
    ) -> None:
        ended = boot(scripts[mode], root=tmp_path, fails="curl ")

        assert "EGRESS_FAIL https://al2023-repos-eu-west-1" in ended.log
        assert "USERDATA_FAIL stage=egress" in ended.log
        assert not any(call.startswith("dnf") for call in ended.calls)


class TestModes:
    def test_without_a_way_out_nothing_comes_from_the_internet(
        self, scripts: dict[str, str], tmp_path: Path
    ) -> None:
        online = boot(scripts["online"], root=tmp_path / "online")
        offline = boot(scripts["offline"], root=tmp_path / "offline")

        assert any(call.startswith("pip install") for call in online.calls)
        assert not any(call.startswith(("pip", "python3.11")) for call in offline.calls)
        assert "dnf -y --setopt=retries=3 --setopt=timeout=15 install nginx" in offline.calls

    def test_the_address_of_the_database_arrives_later(self, scripts: dict[str, str], tmp_path: Path) -> None:
        ended = boot(scripts["online"], root=tmp_path)

        script = (ended.root / "opt/app/database-settings").read_text()

        assert (ended.root / "etc/app.env").read_text() == "AWS_REGION=eu-west-1\n"
        assert '--name "/shop-dev-4ed6c4/database"' in script
