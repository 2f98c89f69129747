"""Faults of a real PostgreSQL with a real worker: Terraform continues, and no line is missing.

The worker reaches it through the fault proxy; the test connects directly.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus

import httpx
import psycopg
import pytest

from tests.faults import web, workers
from tests.faults.proxy import Fault, Proxy
from tests.support import postgres, processes
from tests.support.engine import eventually
from tests.support.server_queries import ask, is_away, printed_lines

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("cloud")]
_OTHERS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
_BLOCKED = "SELECT count(*) FROM pg_stat_activity WHERE cardinality(pg_blocking_pids(pid)) > 0"
_NEXT_EVENT = """
    INSERT INTO provisioner_runevent (run_id, seq, at, phase, type, level, message, resource, data)
    SELECT run_id, seq + 1, at, phase, type, level, message, resource, data
    FROM provisioner_runevent ORDER BY seq DESC LIMIT 1
"""


LINES = 60


@dataclass(frozen=True)
class Place:
    """A database with one run during its apply, its worker, and the proxy between them."""

    server: postgres.Server
    proxy: Proxy
    worker: "subprocess.Popen[bytes]"

    def log(self) -> str:
        """The log of PostgreSQL."""
        return (self.server.folder / "log").read_text()

    def run(self) -> tuple[str, int, int]:
        """The run's status, its last number and how many events are stored."""
        question = "SELECT status, last_seq, (SELECT count(*) FROM provisioner_runevent) FROM provisioner_run"
        found: tuple[str, int, int] = ask(self.server, question)
        return found

    def violations(self) -> list[str]:
        """What is wrong after the worker has finished the run."""
        assert self.worker.wait(timeout=90) == 0
        status, last_seq, events = self.run()
        wrong = [] if status == "applied" else [f"the run is {status}, not applied"]
        wrong += [] if events == last_seq else [f"I3: {events} events of {last_seq}"]
        reported = printed_lines(self.server)
        return wrong + ([] if reported == LINES else [f"I3: {reported} lines of {LINES}"])


@contextmanager
def printing(*, every_seconds: float = 0.1, **settings: str) -> Iterator[Place]:
    """A run whose apply prints a line now and then."""
    with postgres.running() as server, Proxy(("127.0.0.1", server.port)) as proxy:
        url = server.url.replace(f":{server.port}/", f":{proxy.port}/")
        speak = f"for i in $(seq {LINES}); do echo line $i; sleep {every_seconds}; done"
        command = [sys.executable, "-m", "tests.support.execute_one", speak]
        environment = processes.environment(DATABASE_URL=url, **settings)
        with subprocess.Popen(command, env=environment, cwd=processes.ROOT) as worker:
            try:
                eventually(lambda: printed_lines(server) > 5)
                yield Place(server, proxy, worker)
            finally:
                worker.kill()


@pytest.mark.fault(29)
@pytest.mark.long_fault
def test_no_line_is_lost_when_all_connections_end_every_second() -> None:
    with printing() as place:
        for _ in range(4):
            ask(place.server, f"SELECT count(*) FROM ({_OTHERS}) AS ended")  # noqa: S608
            time.sleep(1)

        assert place.violations() == []


@pytest.mark.fault(28)
@pytest.mark.fault(29)
def test_no_line_is_lost_when_the_network_cuts_refuses_or_drops_data() -> None:
    # A dropped query is never answered; the next fault resets the connection.
    faults = [
        Fault(mode="cut", bytes=700),
        Fault(mode="refuse"),
        Fault(mode="black-hole"),
        Fault(mode="reset"),
    ]
    with printing() as place:
        for fault in faults:
            before = printed_lines(place.server)
            place.proxy.fail(fault)
            time.sleep(1)
            if fault.mode != "black-hole":
                place.proxy.heal()
                eventually(lambda: printed_lines(place.server) > before)  # noqa: B023

        assert place.violations() == []


@pytest.mark.fault(31)
@pytest.mark.slow_fault
def test_no_line_is_lost_when_the_database_is_read_only_and_people_get_a_503_page() -> None:
    with printing() as place, web.serving(DATABASE_URL=place.server.url) as portal:
        with _read_only(place.server):
            eventually(lambda: "cannot execute SELECT FOR UPDATE in a read-only transaction" in place.log())
            answer = _fail_to_sign_in(portal)
            assert "cannot execute DELETE in a read-only transaction" in place.log()

        assert place.violations() == []
    assert answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert "cannot use its database at the moment" in answer.text


@contextmanager
def _read_only(server: postgres.Server) -> Iterator[None]:
    with psycopg.connect(server.url, autocommit=True) as owner:
        owner.execute("ALTER DATABASE portal SET default_transaction_read_only = on")
        owner.execute(_OTHERS)
        yield
        owner.execute("SET default_transaction_read_only = off")
        owner.execute("ALTER DATABASE portal SET default_transaction_read_only = off")
        owner.execute(_OTHERS)


def _fail_to_sign_in(portal: web.Web) -> httpx.Response:
    """The answer to a wrong password, which the portal must record."""
    with httpx.Client(base_url=portal.url, timeout=90) as browser:
        browser.get("/sign-in/")
        form = {"csrfmiddlewaretoken": browser.cookies["csrftoken"], "username": "alice", "password": "x"}
        return browser.post("/sign-in/", data=form)


@pytest.mark.fault(32)
def test_no_line_is_lost_in_a_deadlock_or_a_serialization_failure() -> None:
    with printing() as place:
        with psycopg.connect(place.server.url) as other:
            _force_a_deadlock(place, other)
        with psycopg.connect(place.server.url, autocommit=True) as owner:
            owner.execute("ALTER DATABASE portal SET default_transaction_isolation = 'repeatable read'")
            owner.execute(_OTHERS)
            eventually(lambda: _hold_the_run(place))
            owner.execute("ALTER DATABASE portal RESET default_transaction_isolation")
            owner.execute(_OTHERS)

        assert place.violations() == []


def _force_a_deadlock(place: Place, other: psycopg.Connection) -> None:
    """Both transactions wait for each other: PostgreSQL ends the one that checks for deadlocks first."""
    # Ours checks late. Without the foreign key's lock on the run, which the ingestion needs first.
    other.execute("SET LOCAL deadlock_timeout = '20s'")
    other.execute("SET LOCAL session_replication_role = replica")
    other.execute(_NEXT_EVENT)
    eventually(lambda: ask(place.server, _BLOCKED)[0])
    other.execute("SELECT 1 FROM provisioner_run FOR UPDATE")
    assert "deadlock detected" in place.log()
    other.rollback()


def _hold_the_run(place: Place) -> bool:
    """Change the run's row while the ingestion waits for it: under repeatable read it must retry."""
    with psycopg.connect(place.server.url) as other:
        other.execute("UPDATE provisioner_run SET dispatch_count = dispatch_count + 1")
        eventually(lambda: ask(place.server, _BLOCKED)[0])
        other.commit()
    time.sleep(0.2)
    return "could not serialize access" in place.log()


def kill_database_past_a_lease(*, protection: str) -> list[str]:
    """Fault 30: the database is away for longer than a lease; the housekeeping runs as soon as it is back.

    Protection: `warm-up`.
    """
    short = {"LEASE_SECONDS": "6"}
    with (
        printing(every_seconds=0.4, **short) as place,
        workers.running_housekeeping(protection=protection, DATABASE_URL=place.server.url, **short),
    ):
        # After this time the housekeeping trusts the clock.
        time.sleep(8)
        place.server.kill()
        eventually(lambda: is_away(place.server))
        time.sleep(8)
        place.server.start()
        return place.violations()


@pytest.mark.fault(30)
@pytest.mark.slow_fault
def test_no_run_is_declared_lost_when_the_database_is_back() -> None:
    assert kill_database_past_a_lease(protection="none") == []


@pytest.mark.mutation(30)
@pytest.mark.long_fault
def test_without_the_warm_up_the_run_is_declared_lost() -> None:
    assert "the run is needs_attention, not applied" in kill_database_past_a_lease(protection="warm-up")
