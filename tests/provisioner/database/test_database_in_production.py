"""PostgreSQL as in production: roles that cannot change history, broken connections, lock timeouts."""

# ruff: noqa: S608 - the tables are this file's own

import subprocess
import sys
import time
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import errors

from tests.support import postgres, processes
from tests.support.production_database import AUDIT, EVENTS, RUNS, execute, run_steps, step

LINES = 60
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cloud")]


def url_of(server: postgres.Server, role: str) -> str:
    return server.url.replace("portal@", f"{role}@")


@pytest.fixture
def production(cloud: None) -> Iterator[postgres.Server]:
    """Migrated with the owner's role, ordered with the web role, executed with the worker role."""
    with postgres.running() as server:
        run_steps(server.url, "migrate")
        apply_roles(server.url)
        run_steps(url_of(server, "portal_owner"), "migrate")
        run_steps(url_of(server, "portal_web"), "order")
        run_steps(url_of(server, "portal_worker"), "execute")
        yield server


def test_each_part_works_with_its_role_and_none_can_change_history(production: postgres.Server) -> None:
    assert execute(production.url, f"SELECT status FROM {RUNS}") == ("applied",)
    for role in ("portal_web", "portal_worker"):
        for act in (
            *(f"{act} {table}" for act in ("DELETE FROM", "TRUNCATE") for table in (AUDIT, EVENTS, RUNS)),
            f"UPDATE {AUDIT} SET actor = 'x'",
            f"UPDATE {EVENTS} SET message = 'x'",
            f"ALTER TABLE {AUDIT} DISABLE TRIGGER ALL",
            "CREATE TABLE another ()",
        ):
            assert_refused(url_of(production, role), act, errors.InsufficientPrivilege)
    for table in ("django_session", "accounts_signinattempt", "api_apitoken"):
        assert_refused(
            url_of(production, "portal_worker"), f"SELECT * FROM {table}", errors.InsufficientPrivilege
        )
    for act, words in {
        f"UPDATE {AUDIT} SET actor = 'x'": "append-only",
        f"DELETE FROM {AUDIT}": "append-only",
        f"TRUNCATE {AUDIT}": "append-only",
        f"UPDATE {EVENTS} SET message = 'x'": "never rewritten",
        f"DELETE FROM {EVENTS}": "sealed run stay",
        f"TRUNCATE {EVENTS}": "sealed run stay",
        f"TRUNCATE {RUNS} CASCADE": "sealed run stay",
        f"UPDATE {RUNS} SET reason = 'x'": "immutable",
    }.items():
        assert_refused(url_of(production, "portal_owner"), act, errors.IntegrityConstraintViolation, words)


def assert_refused(url: str, act: str, kind: type[Exception], words: str = "") -> None:
    with pytest.raises(kind, match=words or None):
        execute(url, act)


def apply_roles(url: str, *options: str, **passwords: str) -> None:
    made = step(url, "manage.py", "database_roles", "--apply", *options, **passwords)
    assert made.returncode == 0, made.stderr
    assert not any(password in made.stdout for password in passwords.values())


def test_roles_can_be_updated_while_the_portal_works(production: postgres.Server) -> None:
    with psycopg.connect(production.url) as reader:
        reader.execute(f"SELECT * FROM {RUNS}")
        apply_roles(production.url)


def test_a_role_gets_a_password_and_later_a_new_one() -> None:
    with postgres.running() as server:
        run_steps(server.url, "migrate")
        server.demand_password("portal_web")
        web = url_of(server, "portal_web").replace("portal_web@", "portal_web:{}@")
        for number in (1, 2):
            apply_roles(server.url, WEB_DATABASE_PASSWORD=f"a-password-of-web-{number}")

            assert execute(web.format(f"a-password-of-web-{number}"), f"SELECT count(*) FROM {RUNS}") == (0,)
        for wrong in ("a-password-of-web-1", ""):
            with pytest.raises(psycopg.OperationalError, match="password"):
                execute(web.format(wrong), "SELECT 1")


def migrated_by_its_owner(server: postgres.Server) -> str:
    """The URL for a database owner with CREATEROLE, which managed servers offer instead of a superuser."""
    execute(server.url, "CREATE ROLE master LOGIN CREATEROLE")
    execute(server.url, "ALTER DATABASE portal OWNER TO master")
    master = url_of(server, "master")
    run_steps(master, "migrate")
    return master


def test_an_owner_without_superuser_rights_can_create_the_roles() -> None:
    with postgres.running() as server:
        master = migrated_by_its_owner(server)
        # Again, as after an upgrade with a new table.
        apply_roles(master)
        execute(master, "ALTER TABLE provisioner_team OWNER TO master")
        apply_roles(master)

        run_steps(url_of(server, "portal_web"), "order")
        assert_refused(url_of(server, "portal_web"), f"DELETE FROM {RUNS}", errors.InsufficientPrivilege)


def test_the_owner_can_update_the_roles() -> None:
    with postgres.running() as server:
        master = migrated_by_its_owner(server)

        apply_roles(master, "--owner", "master")

        run_steps(url_of(server, "portal_web"), "order")


def test_a_migration_gives_up_on_a_lock_that_it_cannot_get() -> None:
    with postgres.running() as server, psycopg.connect(server.url) as reader:
        run_steps(server.url, "migrate")
        reader.execute("SELECT * FROM provisioner_team")

        refused = step(server.url, "manage.py", "migrate", "provisioner", "0002")

        assert "lock timeout" in refused.stderr
        # The migration was rolled back completely.
        reader.execute("SELECT served_at FROM provisioner_team")
        reader.rollback()
        assert step(server.url, "manage.py", "migrate", "provisioner", "0002").returncode == 0


def test_no_line_is_lost_when_all_connections_break_every_second() -> None:
    speak = f"for i in $(seq {LINES}); do echo line $i; sleep 0.1; done"
    with postgres.running() as server:
        run_steps(server.url, "migrate", "order", command=speak)
        breaks = 0
        command = [sys.executable, "-m", "tests.support.execute_one", speak, "execute"]
        environment = processes.environment(DATABASE_URL=server.url)
        with subprocess.Popen(command, env=environment, cwd=processes.ROOT) as worker:
            while worker.poll() is None:
                breaks += end_other_connections(server)
                time.sleep(1)
        # The worker has neither died nor given up.
        assert worker.returncode == 0

        output = f"SELECT count(*) FROM {EVENTS} WHERE message LIKE '%(local-exec): line %'"
        dense = f"SELECT count(*), min(seq), max(seq) FROM {EVENTS}"
        count, first, last = execute(server.url, dense)
        assert execute(server.url, output) == (LINES,)
        assert (first, last) == (1, count)
        assert execute(server.url, f"SELECT status, event_count FROM {RUNS}") == ("applied", count)
    assert breaks > 5


def end_other_connections(server: postgres.Server) -> int:
    """End every other connection. Returns how many there were."""
    others = "datname = 'portal' AND pid <> pg_backend_pid()"
    return int(
        execute(server.url, f"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE {others}")[
            0
        ]
    )
