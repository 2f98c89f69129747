"""`make demo`: what it starts, restarts, stops and continues."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
import redis

from tests.support import demo_process

BLUEPRINTS = Path(__file__).parent / "blueprints"
SETTINGS = {"BLUEPRINT_DIRS": str(BLUEPRINTS), "BLUEPRINTS_TRUSTED": "1"}
NAMES = {"web", "worker-runs", "worker-control", "beat", "redis", "aws"}
FORKED = ("web", "worker-runs", "worker-control", "beat")
RESTART_SECONDS = 5.0
FIRST_RUN = """
    SELECT run.id, run.kind, environment.name, environment.blueprint, person.username
    FROM provisioner_run AS run
    JOIN provisioner_environment AS environment ON environment.id = run.environment_id
    JOIN accounts_user AS person ON person.id = run.requested_by_id
"""


class TestDemo:
    def test_restarts_dead_processes_within_five_seconds(self, tmp_path: Path) -> None:
        with demo_process.running(tmp_path / "var", **SETTINGS) as demo:
            before = demo.described()["processes"]
            assert set(before) == NAMES
            for pid in before.values():
                os.kill(pid, signal.SIGKILL)

            _until(
                lambda: all(demo.described()["processes"][name] != before[name] for name in NAMES),
                seconds=RESTART_SECONDS,
            )

            after = demo.described()["processes"]
            assert set(after) == NAMES
            assert all(_is_alive(pid) for pid in after.values())
            _until(lambda: _answers(f"{demo.url}/healthz"))
            _until(lambda: _answers(f"{demo.described()['aws_endpoint']}/_lab/healthz"))
            with redis.Redis.from_url(demo.described()["redis"]) as client:
                _until(lambda: _pings(client))

    def test_orders_a_first_environment_and_prints_the_address_of_its_run(self, tmp_path: Path) -> None:
        with demo_process.running(tmp_path / "var", FIRST="1") as demo:
            _until(lambda: "Ctrl-C" in demo.reported())

            [(run, *what)] = _query(demo.var_dir, FIRST_RUN)

            assert what == ["create", "first", "three_tier", "alice"]
            assert f"Being built now    {demo.url}/runs/{uuid.UUID(str(run))}/" in demo.reported()
            _until(lambda: _runs(demo.var_dir) != [("queued",)])

    def test_forks_its_processes_with_as_many_pool_processes_as_slots(self, tmp_path: Path) -> None:
        with demo_process.running(tmp_path / "var", RUN_SLOTS="3", **SETTINGS) as demo:
            processes = demo.described()["processes"]
            _until(lambda: len(_children(processes["worker-runs"])) == 3)

            forked = {name: _children(processes[name]) for name in FORKED}

            assert {name: len(found) for name, found in forked.items()} == {
                "web": 0, "worker-runs": 3, "worker-control": 0, "beat": 0,
            }  # fmt: skip
            supervisors = _children(demo.process.pid)
            assert set(processes.values()) == set(supervisors)

    def test_leaves_no_process_and_continues_an_interrupted_run_at_the_next_start(
        self, tmp_path: Path
    ) -> None:
        var_dir = tmp_path / "var"
        with demo_process.running(var_dir, **SETTINGS) as demo:
            demo.manage("order", "quick", "--name", "slow", "--set", "seconds=60")
            _until(lambda: _has_event(var_dir, "working 2"))

        assert _processes_of(var_dir) == []
        assert not (var_dir / "demo.json").exists()
        with demo_process.running(var_dir, FIRST="1", **SETTINGS) as demo:
            # No first order: there is an environment already.
            _until(lambda: "Ctrl-C" in demo.reported())
            _until(lambda: _runs(var_dir) == [("cancelled",)])
        assert "Stopped with the portal" in _reason(var_dir)

    def test_reports_a_used_port_with_a_hint(self, tmp_path: Path) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            environment = {**os.environ, "VAR_DIR": str(tmp_path), "PORT": str(taken.getsockname()[1])}

            ended = subprocess.run(
                [sys.executable, "-m", "portal.demo"],
                cwd=demo_process.ROOT,
                env=environment,
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )

        assert ended.returncode == 1
        assert "PORT=8123 make demo" in ended.stderr

    @pytest.mark.parametrize(("name", "value"), [("RUN_SLOTS", "many"), ("PORTAL_URL", "nowhere")])
    def test_names_an_invalid_setting(self, tmp_path: Path, name: str, value: str) -> None:
        environment = {**os.environ, "VAR_DIR": str(tmp_path), name: value}

        ended = subprocess.run(
            [sys.executable, "-m", "portal.demo"],
            cwd=demo_process.ROOT,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

        assert ended.returncode == 1
        assert name in ended.stderr


def _until(holds: Callable[[], bool], *, seconds: float = 90) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "the condition did not become true in time"
        time.sleep(0.1)


def _is_alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def _children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in found.split()]


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except OSError:
        return False


def _pings(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False


def _processes_of(var_dir: Path) -> list[str]:
    """Command lines of all processes with this folder in their environment."""
    mark, found = f"VAR_DIR={var_dir}".encode(), []
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdigit() and mark in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_text().replace("\0", " "))
        except OSError:
            continue
    return found


def _query(var_dir: Path, query: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(var_dir / "portal.sqlite3") as connection:
        return connection.execute(query).fetchall()


def _has_event(var_dir: Path, text: str) -> bool:
    messages = _query(var_dir, "SELECT message FROM provisioner_runevent")
    return any(text in json.dumps(message) for message in messages)


def _runs(var_dir: Path) -> list[tuple[object, ...]]:
    return _query(var_dir, "SELECT status FROM provisioner_run")


def _reason(var_dir: Path) -> str:
    return str(_query(var_dir, "SELECT reason FROM provisioner_run")[0][0])
