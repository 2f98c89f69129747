"""The first boot run for real, and what is served then: bash, nginx, pip, uvicorn, MariaDB over TLS."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.simulator import server as simulator
from tests.terraform_modules import user_data
from tests.terraform_modules.instance import Boot, Instance
from tests.terraform_modules.user_data_for_real.environment import USER, Environment

STAGES = ["egress", "packages", "files", "application", "nginx"]


class TestFirstBoot:
    def test_tells_its_stages_with_times_and_ends_well(self, booted: Boot) -> None:
        assert booted.code == 0, booted.log
        assert re.findall(r"^STAGE (\w+) begin \d+$", booted.log, re.MULTILINE) == STAGES
        assert re.findall(r"^STAGE (\w+) end \d+$", booted.log, re.MULTILINE) == STAGES
        assert "EGRESS_OK https://checkip.amazonaws.com/" in booted.log
        assert "ROLLOUT_OK none" in booted.log
        assert re.search(r"^USERDATA_OK \d+$", booted.log, re.MULTILINE)

    def test_is_in_the_log_and_on_the_console(self, booted: Boot, instance: Instance) -> None:
        assert "USERDATA_OK" in instance.text("var/log/user-data.log")
        assert "USERDATA_OK" in booted.log

    def test_leaves_no_password_anywhere(self, running: Environment) -> None:
        answer = running.account.client("secretsmanager").get_secret_value(SecretId=running.secret_arn)
        password = answer["SecretString"].split('"password": "')[1].rstrip('"}').encode()
        files = [file for file in running.instance.root.rglob("*") if file.is_file()]

        assert len(password) > 20
        assert [file for file in files if password in file.read_bytes()] == []

    def test_does_not_wait_for_the_database(self, before_the_database: list[Any]) -> None:
        healthz, readyz, db, home = before_the_database

        assert (healthz.status, home.status) == (200, 200)
        assert (readyz.status, db.status) == (503, 503)
        assert db.fields == {"status": "away", "reason": "no database is announced yet"}

    def test_can_be_repeated(self, running: Environment, scripts: dict[str, str]) -> None:
        again = running.instance.boot(scripts["online"])

        assert (again.code, "USERDATA_OK" in again.log) == (0, True), again.log
        assert "Successfully installed" not in again.log


class TestWhatIsServed:
    def test_is_alive_through_nginx(self, running: Environment) -> None:
        answer = running.instance.get("/healthz")

        assert (answer.status, answer.fields) == (200, {"status": "ok"})
        assert answer.headers["Server"] == "nginx"

    def test_tells_the_servers_own_version_over_verified_tls(self, running: Environment) -> None:
        answer = running.instance.get("/db")

        assert answer.fields == {
            "status": "ok",
            "version": running.database.sql("SELECT VERSION()"),
            "tls": "TLSv1.3",
            "certificate": "verified",
        }
        assert running.instance.get("/readyz").fields == {"status": "ready"}

    def test_is_a_page_for_a_person(self, running: Environment) -> None:
        page = running.instance.get("/", X_Forwarded_Proto="https")

        assert page.headers["Content-Type"].startswith("text/html")
        for words in ("shop-dev", "i-0123456789abcdef0", "ap-northeast-2a", "MariaDB", "TLSv1.3"):
            assert words in page.body
        assert "<dd>encrypted</dd>" in page.body

    def test_is_noted_line_by_line_with_the_visitor_and_without_the_query(self, running: Environment) -> None:
        running.instance.get("/version?token=hunter2", X_Forwarded_For="6.6.6.6, 203.0.113.9")

        # This visitor is no load balancer (its address is not a private network's), so its claim is ignored.
        line = r'access method=GET path="/version" status=200 ms=[\d.]+ client=127\.0\.0\.1$'
        # It is written once the answer is on its way.
        simulator.wait_for(lambda: re.search(line, running.instance.text("var/log/app.service.log"), re.M))
        log = running.instance.text("var/log/app.service.log")
        assert "hunter2" not in log

    def test_the_database_takes_nobody_without_tls(self, running: Environment) -> None:
        password = running.new_password()
        running.keep(password)

        encrypted = running.database.sign_in(user=USER, password=password, encrypted=True)
        plain = running.database.sign_in(user=USER, password=password, encrypted=False)

        assert (encrypted.returncode, plain.returncode) == (0, 1), encrypted.stderr


class TestWithoutAWayOut:
    def test_the_twin_runs_and_nothing_comes_from_the_internet(
        self,
        environment: Environment,
        scripts: dict[str, str],
        tmp_path: Path,
        request: pytest.FixtureRequest,
    ) -> None:
        offline = Instance(tmp_path / "root", environment=environment.instance.surroundings)
        request.addfinalizer(offline.end)

        ended = offline.boot(scripts["offline"])

        assert ended.code == 0, ended.log
        assert offline.get("/healthz").status == 200
        assert not any("python3.11" in call or "https://checkip" in call for call in ended.calls)
        assert user_data.files(scripts["offline"])["/opt/app/main.py"].startswith(
            '"""The application where no'
        )
