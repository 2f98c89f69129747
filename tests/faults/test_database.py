"""Faults of a real PostgreSQL under a real worker: Terraform goes on, and no line is missing."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from tests import postgres
from tests.engine import processes
from tests.engine.conftest import eventually
from tests.engine.test_database_killed import LINES, ask, spoken

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cloud")]
SPEAK = f"for i in $(seq {LINES}); do echo line $i; sleep 0.1; done"
_OTHERS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"


@contextmanager
def speaking() -> Iterator[postgres.Server]:
    """A run that is in mid-apply on a database of its own; at the end it is applied and complete."""
    with postgres.running() as server:
        environment = processes.environment(DATABASE_URL=server.url)
        command = [sys.executable, "-m", "tests.engine.carry_one", SPEAK]
        with subprocess.Popen(command, env=environment, cwd=processes.ROOT) as worker:
            try:
                eventually(lambda: spoken(server) > 5, limit_seconds=60)
                yield server
                assert worker.wait(timeout=60) == 0
            finally:
                worker.kill()
        question = "SELECT status, last_seq, (SELECT count(*) FROM provisioner_runevent) FROM provisioner_run"
        status, last_seq, events = ask(server, question)
        assert (status, events, spoken(server)) == ("applied", last_seq, LINES)


@pytest.mark.fault(29)
def test_connections_that_end_every_second_cost_no_line() -> None:
    with speaking() as server:
        for _ in range(4):
            ask(server, f"SELECT count(*) FROM ({_OTHERS}) AS ended")  # noqa: S608
            time.sleep(1)


@pytest.mark.fault(31)
def test_a_database_that_may_only_be_read_costs_no_line() -> None:
    with speaking() as server, psycopg.connect(server.url, autocommit=True) as owner:
        owner.execute("ALTER DATABASE portal SET default_transaction_read_only = on")
        owner.execute(_OTHERS)
        time.sleep(2)
        owner.execute("SET default_transaction_read_only = off")
        owner.execute("ALTER DATABASE portal SET default_transaction_read_only = off")
        owner.execute(_OTHERS)
