"""PostgreSQL roles with no more rights than they need: for the web server, the workers, and the owner who
migrates.

Triggers (`provisioner.database.triggers`) keep everybody from changing history; these roles lack even the
rights to try.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.db import models

from provisioner.models import (
    AuditEntry,
    AuditHead,
    CloudAccount,
    Environment,
    Run,
    RunEvent,
    StateVersion,
    Team,
    WorkerHost,
)

_SESSIONS = "django_session"
_READ = ("SELECT",)
_APPEND = ("SELECT", "INSERT")
_KEEP = ("SELECT", "INSERT", "UPDATE")
_ALL = (*_KEEP, "DELETE")
# Only the owner may do more with these.
_HISTORY: dict[type[models.Model], tuple[str, ...]] = {
    AuditEntry: _APPEND,
    # Its row lock serializes entries, and a lock needs the right to update.
    AuditHead: ("SELECT", "UPDATE"),
    RunEvent: _APPEND,
    Run: _KEEP,
    Environment: _KEEP,
}
_WORKER: dict[type[models.Model], tuple[str, ...]] = {
    StateVersion: _KEEP,
    WorkerHost: _KEEP,
    Team: ("SELECT", "UPDATE"),
    CloudAccount: ("SELECT", "UPDATE"),
}


@dataclass(frozen=True, kw_only=True)
class Roles:
    """Names. Each is a PostgreSQL identifier of lower-case letters, digits and underscores: they go into SQL
    as they are.
    """

    owner: str
    web: str
    worker: str


def statements(roles: Roles, *, migrations_table: str = "django_migrations") -> Iterator[str]:
    """SQL that creates the roles and gives them exactly these rights. Running it again changes nothing.

    For a superuser, or an owner of the database who may create roles; after `migrate`, and again after a
    migration that added a table. It blocks nobody. It sets no passwords.
    """
    for name in (roles.owner, roles.web, roles.worker):
        yield (
            f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{name}') "
            f"THEN CREATE ROLE {name} LOGIN; END IF; END $$"
        )
    # A user who is not a superuser can only give tables to a role that they are a member of, and grant only
    # then.
    yield (
        f"DO $$ BEGIN IF current_user <> '{roles.owner}' "
        f"THEN GRANT {roles.owner} TO CURRENT_USER; END IF; END $$"
    )
    yield "REVOKE CREATE ON SCHEMA public FROM PUBLIC"
    yield f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {roles.web}, {roles.worker}"
    yield f"GRANT USAGE ON SCHEMA public TO {roles.web}, {roles.worker}"
    yield f"GRANT USAGE, CREATE ON SCHEMA public TO {roles.owner}"
    yield _own(migrations_table, roles)
    yield f'GRANT SELECT ON "{migrations_table}" TO {roles.web}, {roles.worker}'
    for model in apps.get_models(include_auto_created=True):
        yield from _of_table(model, roles)
    # The functions of the triggers, which a later migration replaces.
    yield (
        "DO $$ DECLARE each regprocedure; BEGIN FOR each IN SELECT oid FROM pg_proc WHERE "  # noqa: S608
        "pronamespace = 'public'::regnamespace AND proname LIKE 'guard\\_%' "
        f"LOOP EXECUTE format('ALTER FUNCTION %s OWNER TO {roles.owner}', each); END LOOP; END $$"
    )


def password_statement(role: str, verifier: str) -> str:
    """SQL that sets a role's password from this verifier (`SCRAM-SHA-256$...`), the form in which PostgreSQL
    stores it.
    """
    return f"ALTER ROLE {role} PASSWORD '{verifier}'"


def _own(table: str, roles: Roles) -> str:
    # Giving a table to its current owner would wait for every reader, and block everybody else meanwhile.
    return (
        "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_tables WHERE schemaname = 'public' "
        f"AND tablename = '{table}' AND tableowner = '{roles.owner}') "
        f'THEN ALTER TABLE "{table}" OWNER TO {roles.owner}; END IF; END $$'
    )


def _of_table(model: type[models.Model], roles: Roles) -> Iterator[str]:
    table = model._meta.db_table
    yield _own(table, roles)
    yield f'GRANT {", ".join(_HISTORY.get(model, _ALL))} ON "{table}" TO {roles.web}'
    if rights := _of_worker(model, table):
        yield f'GRANT {", ".join(rights)} ON "{table}" TO {roles.worker}'


def _of_worker(model: type[models.Model], table: str) -> tuple[str, ...]:
    if model in _HISTORY:
        return _HISTORY[model]
    # Workers need no sessions and no tokens.
    is_for_web_only = table == _SESSIONS or "token" in table or "signin" in table
    return _WORKER.get(model, () if is_for_web_only else _READ)
