"""The first boot run for real: bash, nginx, pip, uvicorn, MariaDB over TLS, the simulated account; 502s."""

from __future__ import annotations

import fcntl
import json
import os
import re
import secrets
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests import mariadb
from tests.blueprints import authority, user_data
from tests.blueprints.instance import Answer, Boot, Instance
from tests.simulator import server as simulator

STAGES = ["egress", "packages", "files", "application", "nginx"]
DATABASE = "/environments/shop-dev-4ed6c4/database"
IMAGE = "/environments/shop-dev-4ed6c4/image"
REPOSITORY = "123456789012.dkr.ecr.ap-northeast-2.amazonaws.com/app-shop-dev-4ed6c4"
USER = "dbadmin"
REFUSED = "connect() failed (111: Connection refused) while connecting to upstream"


@dataclass(frozen=True)
class Environment:
    """An instance, the account that it asks, and the database that the account believes to be RDS."""

    instance: Instance
    account: simulator.Account
    database: mariadb.Server
    secret_arn: str

    def new_password(self) -> str:
        """As a rotation does: first in the database, then in the secret."""
        password = secrets.token_urlsafe(24)
        self.database.sql(f"ALTER USER {USER} IDENTIFIED BY '{password}'")
        return password

    def keep(self, password: str) -> None:
        self.account.client("secretsmanager").put_secret_value(
            SecretId=self.secret_arn,
            SecretString=f'{{"username": "{USER}", "password": "{password}"}}',
        )

    def announce(self) -> None:
        """What Terraform does once the database stands; then what the timer does."""
        lines = [
            "DB_HOST=127.0.0.1",
            f"DB_PORT={self.database.port}",
            "DB_NAME=app",
            f"DB_SECRET_ARN={self.secret_arn}",
        ]
        self.account.client("ssm").put_parameter(
            Name=DATABASE, Type="String", Value="\n".join(lines), Overwrite=True
        )
        self.instance.run("systemctl", "start", "database-settings.service")

    def wants(self, image: str) -> None:
        self.account.client("ssm").put_parameter(Name=IMAGE, Type="String", Value=image, Overwrite=True)

    def roll_out(self) -> tuple[int, str]:
        done = self.instance.run(f"{self.instance.root}/opt/app/roll-out")
        return done.returncode, done.stdout


@pytest.fixture(scope="module")
def trusted() -> authority.Authority:
    return authority.make("RDS of this test")


@pytest.fixture(scope="module")
def database(trusted: authority.Authority) -> Iterator[mariadb.Server]:
    own = trusted.certificate("127.0.0.1")
    with mariadb.running(
        certificate=own.certificate, key=own.key, authority=trusted.certificate_pem
    ) as server:
        server.sql(f"CREATE DATABASE app; CREATE USER {USER}; GRANT ALL ON app.* TO {USER}")
        yield server


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[simulator.Account]:
    with simulator.running(tmp_path_factory.mktemp("account"), "--snapshot-seconds", "3600") as running:
        yield running


@pytest.fixture(scope="module")
def instance(
    tmp_path_factory: pytest.TempPathFactory,
    account: simulator.Account,
    trusted: authority.Authority,
    application_wheels: Path,
) -> Iterator[Instance]:
    folder = tmp_path_factory.mktemp("instance")
    (folder / "rds.pem").write_bytes(trusted.certificate_pem)
    environment = {
        "AWS_ENDPOINT_URL": account.url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "TEST_AUTHORITIES": str(folder / "rds.pem"),
        # The internet that pip knows: the locked wheels, and nothing else.
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(application_wheels),
        "PIP_CONFIG_FILE": os.devnull,
    }
    ours = Instance(folder / "root", environment=environment)
    yield ours
    ours.end()


@pytest.fixture(scope="module")
def environment(instance: Instance, account: simulator.Account, database: mariadb.Server) -> Environment:
    made = account.client("rds").create_db_instance(
        DBInstanceIdentifier="db-shop-dev-4ed6c4",
        DBInstanceClass="db.t4g.micro",
        Engine="mysql",
        AllocatedStorage=20,
        MasterUsername=USER,
        ManageMasterUserPassword=True,
    )
    built = Environment(instance, account, database, made["DBInstance"]["MasterUserSecret"]["SecretArn"])
    built.keep(built.new_password())
    built.wants("none")
    return built


@pytest.fixture(scope="module")
def booted(environment: Environment, scripts: dict[str, str]) -> Boot:
    return environment.instance.boot(scripts["online"])


@pytest.fixture(scope="module")
def before_the_database(environment: Environment, booted: Boot) -> list[Any]:
    """What the instance answered while no database was announced."""
    return [environment.instance.get(path) for path in ("/healthz", "/readyz", "/db", "/")]


@pytest.fixture
def running(environment: Environment, before_the_database: list[Any]) -> Iterator[Environment]:
    """Booted, the database announced; each test leaves it as it found it."""
    environment.announce()
    assert environment.instance.get("/db").status == 200
    yield environment
    assert simulator.wait_for(lambda: environment.instance.get("/db").status == 200)


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


def _refused(instance: Instance) -> Answer | None:
    """nginx's answer once nobody listens any more behind it; before, a connection may still be cut."""
    answer = instance.get("/healthz")
    return answer if REFUSED in instance.text("var/log/nginx-error.log") else None


class TestTrue502:
    def test_is_nginx_own_while_the_application_is_dead_and_ends_by_itself(
        self, running: Environment
    ) -> None:
        killed = running.instance.main_process("app.service")
        os.kill(killed, signal.SIGKILL)
        answer = simulator.wait_for(lambda: _refused(running.instance))

        assert (answer.status, answer.headers["Server"]) == (502, "nginx")
        assert "Bad Gateway" in answer.body
        assert running.instance.get("/nginx-health").body == "ok\n"
        assert simulator.wait_for(lambda: running.instance.get("/healthz").status == 200)
        assert running.instance.main_process("app.service") not in (0, killed)


class TestTrue503:
    def test_says_that_the_database_is_stopped_and_stays_alive(self, running: Environment) -> None:
        running.database.stop()
        db, readyz = running.instance.get("/db"), running.instance.get("/readyz")
        home, healthz = running.instance.get("/"), running.instance.get("/healthz")
        running.database.start()

        assert db.status == readyz.status == 503
        assert db.fields == {"status": "away", "reason": "the database cannot be reached (2003)"}
        assert (home.status, healthz.status) == (200, 200)
        assert "away: the database cannot be reached" in home.body
        assert "127.0.0.1" not in db.body
        assert "Can't connect to MySQL server on" in running.instance.text("var/log/app.service.log")
        assert running.instance.get("/db").status == 200

    def test_says_that_the_secret_is_stale_until_it_is_not(self, running: Environment) -> None:
        password = running.new_password()
        stale, healthz = running.instance.get("/db"), running.instance.get("/healthz")
        running.keep(password)

        assert (stale.status, healthz.status) == (503, 200)
        assert stale.fields["reason"] == "the database refuses the password of the secret (1045)"
        assert USER not in stale.body
        assert simulator.wait_for(lambda: running.instance.get("/db").status == 200)

    def test_says_that_the_certificate_is_not_of_rds_and_gives_nobody_the_password_without_a_bundle(
        self, running: Environment, trusted: authority.Authority
    ) -> None:
        bundle = running.instance.root / "etc/app/rds-ca.pem"
        bundle.write_bytes(authority.make("somebody else").certificate_pem)
        refused = running.instance.get("/db")
        bundle.unlink()
        unknown = running.instance.get("/db")
        bundle.write_bytes(trusted.certificate_pem)

        assert refused.status == 503
        assert "certificate verify failed" in running.instance.text("var/log/app.service.log")
        assert unknown.status == 503
        assert str(unknown.fields["reason"]).startswith("there is no bundle of RDS's authorities")

    def test_says_that_the_secret_cannot_be_read(self, running: Environment) -> None:
        settings = running.instance.root / "etc/app/app.env"
        before = settings.read_text()
        settings.write_text(before.replace(running.secret_arn, f"{running.secret_arn}-gone"))
        answer = running.instance.get("/db")
        settings.write_text(before)

        assert answer.status == 503
        assert answer.fields["reason"] == "the secret cannot be read (ResourceNotFoundException)"


class TestRotation:
    def test_costs_no_answer_and_no_restart(self, running: Environment) -> None:
        # A new process: the one before may have been told of a wrong password less than two seconds ago.
        running.instance.run("systemctl", "restart", "app.service")
        assert simulator.wait_for(lambda: running.instance.get("/db").status == 200)
        before = running.instance.main_process("app.service")
        running.keep(running.new_password())

        answer = running.instance.get("/db")

        assert (answer.status, answer.fields["status"]) == (200, "ok")
        assert running.instance.main_process("app.service") == before


@pytest.fixture
def rolling(running: Environment) -> Iterator[Environment]:
    yield running
    running.wants("none")
    assert running.roll_out()[0] == 0


class TestRollOut:
    def test_runs_the_image_that_the_parameter_names(self, rolling: Environment) -> None:
        digest = f"sha256:{'a' * 64}"
        rolling.wants(f"{REPOSITORY}@{digest}")

        code, said = rolling.roll_out()

        assert (code, f"ROLLOUT_OK {REPOSITORY}@{digest}" in said) == (0, True), said
        assert rolling.instance.get("/version").fields == {"version": "from-an-image", "digest": digest}
        assert rolling.instance.main_process("app.service") == 0
        calls = rolling.instance.text("calls")
        assert f"pull {REPOSITORY}@{digest}" in calls
        assert "--read-only" in calls

    def test_goes_back_when_the_image_does_not_start(self, rolling: Environment) -> None:
        rolling.wants(f"{REPOSITORY}@sha256:{'0' * 64}")

        code, said = rolling.roll_out()

        assert (code, "did not come up" in said) == (1, True)
        assert rolling.instance.get("/version").fields == {"version": "built-in", "digest": None}

    def test_leaves_what_runs_alone_when_the_image_is_for_another_kind_of_processor(
        self, rolling: Environment
    ) -> None:
        before = rolling.instance.main_process("app.service")
        rolling.wants(f"{REPOSITORY}@sha256:{'1' * 64}")

        code, said = rolling.roll_out()

        assert (code, "the image is made for another one" in said) == (1, True), said
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

        assert [(code, said.startswith("ROLLOUT_FAIL ")) for code, said in answers] == [(1, True)] * 3
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
