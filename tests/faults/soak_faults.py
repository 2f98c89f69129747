"""What the soak does to its house, by the numbers of the list."""

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
from tests.faults.soak_house import RUNS_WORKERS, House
from tests.portal.live.viewer import session_of

_OTHERS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"


def kill_a_worker(house: House) -> None:
    """SIGKILL of a worker's main process"""
    house.kill(_some_worker(house))


def kill_a_child(house: House) -> None:
    """SIGKILL of a process of a worker's pool"""
    for child in workers.children(house.alive[_some_worker(house)].pid)[:1]:
        workers.kill(child)


def suspend_a_worker(house: House) -> None:
    """SIGSTOP of a worker and its pool for longer than its lease, then SIGCONT"""
    worker = house.alive[_some_worker(house)].pid
    stopped = [worker, *workers.children(worker)]
    for pid in stopped:
        workers.kill(pid, signal.SIGSTOP)
    time.sleep(25)
    for pid in stopped:
        workers.kill(pid, signal.SIGCONT)


def deliver_many_times(house: House) -> None:
    """One message fifty times"""
    url = f"{house.redis_url}/0"
    try:
        run = Run.objects.filter(status__in=ACTIVE).first()
        with celery_app.app.connection_for_write(url) as broker:
            for _ in range(50 if run else 0):
                celery_app.app.send_task(dispatch.TASK, args=[str(run.pk)], queue="runs", connection=broker)  # type: ignore[union-attr]
    except (Error, OSError):
        connection.close()


def empty_redis(house: House) -> None:
    """SIGKILL of Redis, which comes back empty"""
    house.kill("redis")


def flush_redis(house: House) -> None:
    """Redis FLUSHALL every second, ten times"""
    for _ in range(10):
        try:
            with redis_client.Redis(port=house.redis_port) as redis:
                redis.flushall()
        except redis_client.ConnectionError:
            continue
        finally:
            time.sleep(1)


def kill_the_database(house: House) -> None:
    """SIGKILL of PostgreSQL, away for eight seconds"""
    connection.close()
    house.database.kill()
    time.sleep(8)
    house.database.start()


def end_connections(house: House) -> None:
    """Every database connection ended every second, five times"""
    for _ in range(5):
        with psycopg.connect(house.database.url, autocommit=True) as owner:
            owner.execute(_OTHERS)
        time.sleep(1)


def reload_twenty_times(house: House) -> None:
    """Twenty reloads of a run that goes on"""
    try:
        run = Run.objects.filter(status__in=ACTIVE).order_by("-last_seq").first()
        cookie = session_of(house.person)
    except Error:
        connection.close()
        return
    for _ in range(20 if run else 0):
        address = f"http://127.0.0.1:{house.web_port}/runs/{run.pk}/log.jsonl"  # type: ignore[union-attr]
        try:
            with urllib.request.urlopen(
                urllib.request.Request(address, headers={"Cookie": cookie}), timeout=10
            ) as answer:
                numbers = [json.loads(line)["seq"] for line in answer]
        except (urllib.error.URLError, OSError):
            continue
        if numbers != list(range(1, len(numbers) + 1)):
            house.seen_wrong.append(f"I3: a reload of {run} gave {len(numbers)} events, up to {max(numbers)}")


def kill_the_web(house: House) -> None:
    """SIGKILL of the web process"""
    house.kill("web")


def _some_worker(house: House) -> str:
    return house.chance.choice(RUNS_WORKERS)


FAULTS: dict[int, Callable[[House], None]] = {
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
