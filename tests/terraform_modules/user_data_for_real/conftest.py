"""One instance, account and database for all modules here; each test leaves them as it found them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.simulator import server as simulator
from tests.support import mariadb
from tests.terraform_modules import authority
from tests.terraform_modules.instance import Boot, Instance
from tests.terraform_modules.user_data_for_real.environment import USER, Environment


@pytest.fixture(scope="package")
def trusted() -> authority.Authority:
    return authority.make("RDS of this test")


@pytest.fixture(scope="package")
def database(trusted: authority.Authority) -> Iterator[mariadb.Server]:
    own = trusted.certificate("127.0.0.1")
    with mariadb.running(
        certificate=own.certificate, key=own.key, authority=trusted.certificate_pem
    ) as server:
        server.sql(f"CREATE DATABASE app; CREATE USER {USER}; GRANT ALL ON app.* TO {USER}")
        yield server


@pytest.fixture(scope="package")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[simulator.Account]:
    with simulator.running(tmp_path_factory.mktemp("account"), "--snapshot-seconds", "3600") as running:
        yield running


@pytest.fixture(scope="package")
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


@pytest.fixture(scope="package")
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


@pytest.fixture(scope="package")
def booted(environment: Environment, scripts: dict[str, str]) -> Boot:
    return environment.instance.boot(scripts["online"])


@pytest.fixture(scope="package")
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
