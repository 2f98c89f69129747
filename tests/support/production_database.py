"""Commands, steps of a run and SQL statements on a PostgreSQL with the roles of production."""

import subprocess
import sys
from typing import Any

import psycopg

from tests.support import processes

AUDIT, EVENTS, RUNS = "provisioner_trailentry", "provisioner_runevent", "provisioner_run"


def step(url: str, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *words]
    env = processes.environment(DATABASE_URL=url, **more)
    return subprocess.run(command, env=env, cwd=processes.ROOT, capture_output=True, text=True, check=False)


def run_steps(url: str, *steps: str, command: str = "true") -> None:
    done = step(url, "-m", "tests.support.execute_one", command, *steps)
    assert done.returncode == 0, done.stderr


def execute(url: str, statement: str) -> Any:
    with psycopg.connect(url, autocommit=True, connect_timeout=3) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchone() if cursor.description else None
