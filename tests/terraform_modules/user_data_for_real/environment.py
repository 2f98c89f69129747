"""An instance that has booted for real, with what it asks: the simulated account and a database over TLS."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from tests.simulator import server as simulator
from tests.support import mariadb
from tests.terraform_modules.instance import Instance

DATABASE = "/environments/shop-dev-4ed6c4/database"
IMAGE = "/environments/shop-dev-4ed6c4/image"
USER = "dbadmin"


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
