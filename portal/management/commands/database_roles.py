"""Separate PostgreSQL roles for the web server, the workers and the owner."""

import re
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand
from django.core.management.base import CommandError, CommandParser
from django.db import connection, transaction

from portal import database_roles

_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")


class Command(BaseCommand):
    help = (
        "Print the SQL that creates the database's roles. With --apply, run it (as a superuser, or "
        "as an owner "
        "who may create roles) and set the passwords of WEB_DATABASE_PASSWORD and "
        "WORKER_DATABASE_PASSWORD, if they are set."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        for part in ("owner", "web", "worker"):
            parser.add_argument(
                f"--{part}", default=f"portal_{part}", help=f"The role's name: portal_{part}."
            )
        parser.add_argument("--apply", action="store_true", help="Run the statements in one transaction.")

    def handle(self, *args: Any, owner: str, web: str, worker: str, apply: bool, **options: Any) -> None:
        for name in (owner, web, worker):
            if not _NAME.fullmatch(name):
                raise CommandError(
                    f"{name!r} is not a valid role name: use lower-case letters, digits and underscores."
                )
        if connection.vendor != "postgresql":
            raise CommandError("Only PostgreSQL has roles. Set DATABASE_URL.")
        statements = list(
            database_roles.statements(database_roles.Roles(owner=owner, web=web, worker=worker))
        )
        self.stdout.write("".join(f"{statement};\n" for statement in statements), ending="")
        if apply:
            given = settings.CONFIGURATION
            passwords = {web: given.web_database_password, worker: given.worker_database_password}
            _apply(statements, {role: password for role, password in passwords.items() if password})


def _apply(statements: list[str], passwords: dict[str, str]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        for role, password in passwords.items():
            # The server may log the statement, so it never contains the password.
            verifier = cursor.connection.pgconn.encrypt_password(password.encode(), role.encode())
            cursor.execute(database_roles.password_statement(role, verifier.decode()))
