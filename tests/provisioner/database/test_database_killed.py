"""The database dies in mid-apply and comes back: Terraform has not noticed, and no line is missing."""

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.support import postgres, processes
from tests.support.engine import eventually

LINES = 60


@pytest.mark.django_db
@pytest.mark.usefixtures("cloud")
def test_a_killed_database_costs_no_line(tmp_path: Path) -> None:
    speak = f"for i in $(seq {LINES}); do echo line $i; sleep 0.1; done"
    with postgres.running() as server:
        environment = processes.environment(DATABASE_URL=server.url)
        command = [sys.executable, "-m", "tests.support.carry_one", speak]
        with subprocess.Popen(command, env=environment, cwd=processes.ROOT) as worker:
            eventually(lambda: spoken(server) > 5)
            server.kill()
            eventually(lambda: is_away(server))
            # Long enough for lines that nobody can store.
            time.sleep(2)
            server.start()
            assert worker.wait(timeout=90) == 0

        status, last_seq, events = ask(
            server,
            "SELECT status, last_seq, (SELECT count(*) FROM provisioner_runevent) FROM provisioner_run",
        )
        assert (status, events) == ("applied", last_seq)
        assert spoken(server) == LINES


def spoken(server: postgres.Server) -> int:
    try:
        output = "SELECT count(*) FROM provisioner_runevent WHERE message LIKE '%%(local-exec): line %%'"
        return int(ask(server, output)[0])
    except psycopg.Error:
        # Not migrated yet.
        return 0


def is_away(server: postgres.Server) -> bool:
    try:
        ask(server, "SELECT 1")
    except psycopg.Error:
        return True
    return False


def ask(server: postgres.Server, question: str) -> Any:
    with psycopg.connect(server.url, connect_timeout=3) as connection:
        return connection.execute(question).fetchone()
