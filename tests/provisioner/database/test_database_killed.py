"""The database is killed during an apply and restarted: Terraform continues, and no line is missing."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support import postgres, processes
from tests.support.engine import eventually
from tests.support.server_queries import ask, is_away, printed_lines

LINES = 60


@pytest.mark.django_db
@pytest.mark.usefixtures("cloud")
def test_no_line_is_lost_when_the_database_is_killed(tmp_path: Path) -> None:
    speak = f"for i in $(seq {LINES}); do echo line $i; sleep 0.1; done"
    with postgres.running() as server:
        environment = processes.environment(DATABASE_URL=server.url)
        command = [sys.executable, "-m", "tests.support.execute_one", speak]
        with subprocess.Popen(command, env=environment, cwd=processes.ROOT) as worker:
            eventually(lambda: printed_lines(server) > 5)
            server.kill()
            eventually(lambda: is_away(server))
            # Long enough for lines that cannot be stored meanwhile.
            time.sleep(2)
            server.start()
            assert worker.wait(timeout=90) == 0

        status, last_seq, events = ask(
            server,
            "SELECT status, last_seq, (SELECT count(*) FROM provisioner_runevent) FROM provisioner_run",
        )
        assert (status, events) == ("applied", last_seq)
        assert printed_lines(server) == LINES
