"""The faults of the soak, by their numbers in the table."""

import json
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Callable

import psycopg
import redis as redis_client
from django.db import Error, connection

from provisioner import celery_app
from provisioner.models import Run
from provisioner.run_status import ACTIVE
from provisioner.scheduling import dispatch
from tests.faults import workers
from tests.faults.soak_portal import RUNS_WORKERS, SoakPortal
from tests.portal.live.viewer import session_of

_OTHERS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"


def kill_a_worker(portal: SoakPortal) -> None:
    """SIGKILL of a worker's main process"""
    portal.kill(_some_worker(portal))


def kill_a_child(portal: SoakPortal) -> None:
    """SIGKILL of a process of a worker's pool"""
    for child in workers.children(portal.alive[_some_worker(portal)].pid)[:1]:
        workers.kill(child)


def suspend_a_worker(portal: SoakPortal) -> None:
    """SIGSTOP of a worker and its pool for longer than its lease, then SIGCONT"""
    worker = portal.alive[_some_worker(portal)].pid
    stopped = [worker, *workers.children(worker)]
    for pid in stopped:
        workers.kill(pid, signal.SIGSTOP)
    time.sleep(25)
    for pid in stopped:
        workers.kill(pid, signal.SIGCONT)


def deliver_many_times(portal: SoakPortal) -> None:
    """One message fifty times"""
    url = f"{portal.redis_url}/0"
    try:
        run = Run.objects.filter(status__in=ACTIVE).first()
        with celery_app.app.connection_for_write(url) as broker:
            for _ in range(50 if run else 0):
                celery_app.app.send_task(dispatch.TASK, args=[str(run.pk)], queue="runs", connection=broker)  # type: ignore[union-attr]
    except (Error, OSError):
        connection.close()


def empty_redis(portal: SoakPortal) -> None:
    """SIGKILL of Redis, which comes back empty"""
    portal.kill("redis")


def flush_redis(portal: SoakPortal) -> None:
    """Redis FLUSHALL every second, ten times"""
    for _ in range(10):
        try:
            with redis_client.Redis(port=portal.redis_port) as redis:
                redis.flushall()
        except redis_client.ConnectionError:
            continue
        finally:
            time.sleep(1)


def kill_the_database(portal: SoakPortal) -> None:
    """SIGKILL of PostgreSQL, away for eight seconds"""
    connection.close()
    portal.database.kill()
    time.sleep(8)
    portal.database.start()


def end_connections(portal: SoakPortal) -> None:
    """Every database connection ended every second, five times"""
    for _ in range(5):
        with psycopg.connect(portal.database.url, autocommit=True) as owner:
            owner.execute(_OTHERS)
        time.sleep(1)


def reload_twenty_times(portal: SoakPortal) -> None:
    """Twenty reloads of an active run"""
    try:
        run = Run.objects.filter(status__in=ACTIVE).order_by("-last_seq").first()
        cookie = session_of(portal.person)
    except Error:
        connection.close()
        return
    for _ in range(20 if run else 0):
        address = f"http://127.0.0.1:{portal.web_port}/runs/{run.pk}/log.jsonl"  # type: ignore[union-attr]
        try:
            with urllib.request.urlopen(
                urllib.request.Request(address, headers={"Cookie": cookie}), timeout=10
            ) as answer:
                numbers = [json.loads(line)["seq"] for line in answer]
        except (urllib.error.URLError, OSError):
            continue
        if numbers != list(range(1, len(numbers) + 1)):
            portal.violations_seen.append(
                f"I3: a reload of {run} gave {len(numbers)} events, up to {max(numbers)}"
            )


def kill_the_web(portal: SoakPortal) -> None:
    """SIGKILL of the web process"""
    portal.kill("web")


def _some_worker(portal: SoakPortal) -> str:
    return portal.chance.choice(RUNS_WORKERS)


FAULTS: dict[int, Callable[[SoakPortal], None]] = {
    1: kill_a_worker,
    2: kill_a_child,
    9: suspend_a_worker,
    12: deliver_many_times,
    22: empty_redis,
    25: flush_redis,
    28: kill_the_database,
    29: end_connections,
    34: reload_twenty_times,
    37: kill_the_web,
}
