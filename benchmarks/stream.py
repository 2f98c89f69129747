"""The complete live stream in real processes: stream file, ingestion, database, notification, WebSocket.

    python benchmarks/stream.py                   SQLite
    python benchmarks/stream.py --postgresql      a temporary PostgreSQL (tests/support/postgres.py)
    python benchmarks/stream.py --only 500        only scenes with this text in their name

A program in Terraform's place, started by the real shepherd, writes each line with its time. Latency is the
time from there to the viewer. It is printed next to the batch interval of the ingestion, which is how long
lines wait on purpose.
"""

import argparse
import asyncio
import contextlib
import json
import os
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / "benchmarks"
sys.path[:0] = [str(ROOT)]

import stream_viewers  # noqa: E402  next to this file
import uvloop  # noqa: E402

from portal.demo import processes  # noqa: E402  the checkout is not an installed package
from portal.demo.addresses import Addresses  # noqa: E402
from tests.support import postgres  # noqa: E402


@dataclass(frozen=True)
class Scene:
    """`rate` in lines per second; 0: all lines at once."""

    name: str
    viewers: int
    lines: int
    rate: int = 0
    stalled: int = 0


SCENES = (
    Scene("1 viewer, 100 lines/s", 1, 1500, 100),
    Scene("50 viewers, 100 lines/s", 50, 1500, 100),
    Scene("500 viewers, 100 lines/s", 500, 2000, 100),
    Scene("burst of 20,000, 10 viewers", 10, 20_000),
    Scene("burst of 20,000, 10 viewers and 10 stalled", 10, 20_000, stalled=10),
    Scene("burst of 100,000, 20 viewers", 20, 100_000),
    Scene("burst of 100,000, no viewers", 0, 100_000),
    Scene("burst of 10,000, no viewers", 0, 10_000),
    Scene("burst of 1,000,000, no viewers", 0, 1_000_000),
)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--only", default="", help="only scenes with this text in their name")
    options = parser.parse_args()
    database = postgres.server() if options.postgresql else contextlib.nullcontext("")
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="stream-"))
        portal = stack.enter_context(_portal(Path(folder), stack.enter_context(database)))
        scenes = [scene for scene in SCENES if options.only in scene.name]
        failures = [uvloop.run(portal.play(scene)) for scene in scenes]
    return 1 if any(failures) else 0


class Portal:
    """Redis and a web process; this process uses the same database."""

    def __init__(self, url: str, web: processes.Child) -> None:
        from django.utils import timezone

        from portal.accounts import tokens
        from portal.accounts.models import User
        from provisioner.models import CloudAccount, Team
        from provisioner.worker import ingestion

        self.url, self.web = url, web
        self.interval = ingestion.TICK_SECONDS
        self.team = Team.objects.create(slug="shop", name="Shop")
        self.account = CloudAccount.objects.create(
            slug="simulated", title="S", kind="simulated", region="ap-northeast-2", state_bucket="states"
        )
        self.alice = User.objects.create_user(username="alice", password=None)
        self.alice.teams.add(self.team)
        self.token = tokens.create(user=self.alice, name="stream", now=timezone.now())

    async def play(self, scene: Scene) -> int:
        """Run the scene and print it; return the number of lost or repeated lines."""
        run = await asyncio.to_thread(self._run)
        address = f"{self.url.replace('http', 'ws')}/ws/runs/{run.pk}/"
        before = _pss(self.web.pid)
        viewers = stream_viewers.Viewers(
            address, self.token, count=scene.viewers, stalled=scene.stalled, lines=scene.lines
        )
        await viewers.open()
        ingestion, cpu = await self._start(run, scene), _cpu_seconds(self.web.pid)
        try:
            seen = await viewers.watch()
            cpu, after = _cpu_seconds(self.web.pid) - cpu, _pss(self.web.pid)
            report = json.loads((await ingestion.communicate())[0])
        finally:
            await viewers.close()
        _print(scene, seen, report, interval=self.interval)
        print(f"  web process: {before:.0f} -> {after:.0f} MB PSS, {cpu:.1f} s CPU")
        return seen.lost + seen.repeated

    def _run(self) -> Any:
        from provisioner.run_status import RunStatus
        from tests.support import stage

        name = f"stream-{time.monotonic_ns()}"
        environment = stage.environment(owner=self.alice, team=self.team, account=self.account, name=name)
        return stage.run(environment, status=RunStatus.APPLYING)

    async def _start(self, run: Any, scene: Scene) -> asyncio.subprocess.Process:
        from django.conf import settings

        from provisioner.terraform import phase

        directory = settings.RUNS_DIR / str(run.pk)
        for name in ("module", "home", "tmp"):
            (directory / name).mkdir(parents=True)
        source = (sys.executable, "-S", str(HERE / "stream_source.py"), str(scene.lines), str(scene.rate))
        step = phase.Step(name="apply", arguments=source)
        phase.start(
            phase.Phase(
                name="apply",
                directory=directory,
                steps=(step,),
                environment={"PATH": os.environ["PATH"]},
                deadline_seconds=600,
                grace_seconds=10,
            )
        )
        arguments = [str(HERE / "stream_ingestion.py"), str(run.pk)]
        pipe = asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=pipe)


@contextlib.contextmanager
def _portal(folder: Path, database_url: str) -> Iterator[Portal]:
    where = {name: f"{name}://127.0.0.1:{_free_port()}" for name in ("http", "redis")}
    addresses = Addresses(portal_url=where["http"], redis_url=where["redis"], aws_endpoint="")
    variables = {
        "VAR_DIR": str(folder / "var"),
        "DATABASE_URL": database_url,
        "REDIS_URL": addresses.redis_url,
        "PORTAL_URL": addresses.portal_url,
        "SOCKETS_PER_PERSON": "1000",
        "LOG_LEVEL": "WARNING",
        "DJANGO_SETTINGS_MODULE": "portal.settings",
    }
    os.environ.update(variables)
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    with contextlib.ExitStack() as stack:
        children = []
        redis = processes.embedded_redis(addresses, folder=folder / "redis")
        for program in (redis, processes.web(addresses)):
            children.append(
                processes.Child(program, log=folder / f"{program.name}.log", environment=dict(os.environ))
            )
            stack.callback(children[-1].stop, within_seconds=10)
            _wait_for(program, children[-1], folder)
        yield Portal(addresses.portal_url, children[-1])


def _wait_for(program: processes.Program, child: processes.Child, folder: Path) -> None:
    while not program.is_ready():
        if child.exit_code() is not None:
            raise SystemExit((folder / f"{program.name}.log").read_text())
        time.sleep(0.1)


def _print(scene: Scene, seen: stream_viewers.Seen, report: dict[str, float], *, interval: float) -> None:
    print(f"\n{scene.name}", flush=True)
    rate, of_cpu = scene.lines / report["seconds"], scene.lines / report["cpu_seconds"]
    peak = report["megabytes"]
    print(f"  ingestion: {rate:,.0f} lines/s, {of_cpu:,.0f} lines per CPU second, peak {peak:.0f} MB")
    if not scene.viewers:
        return
    found = sorted(seen.seconds)
    at = {name: found[min(len(found) - 1, int(len(found) * part))] for name, part in PERCENTILES.items()}
    print("  latency, ms: " + "  ".join(f"{name} {value * 1000:.0f}" for name, value in at.items()))
    print(f"  p99 / batch interval of {interval * 1000:.0f} ms: {at['p99'] / interval:.2f}")
    print(
        f"  every viewer had the last line {seen.last_at - seen.first_written_at:.2f} s after the first one"
    )
    print(f"  lost {seen.lost}, repeated {seen.repeated}")


PERCENTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}


def _pss(pid: int) -> float:
    """Proportional set size in MB."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:"))


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
