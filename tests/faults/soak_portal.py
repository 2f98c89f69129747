"""The soak's portal: real workers, web and Redis, started again when they die, and its environments."""

import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import Error, connection
from django.utils import timezone

from portal.demo import processes as programs
from provisioner import accounts, operations
from provisioner.models import Environment, Run, Team
from provisioner.run_status import ACTIVE, Remediation, RunStatus
from tests.faults import invariants
from tests.support import postgres, processes
from tests.support.portal_processes import free_port

ENVIRONMENTS = 6
RUNS_WORKERS = ("runs-1", "runs-2")
# Lines that each apply prints, one every 0.1 s, and a secret that it prints at the end.
LINES = 40
SECRET = "canary-of-the-soak"


class SoakPortal:
    """`keep_running` restarts dead processes and changes each environment that has no active run."""

    def __init__(self, server: postgres.Server, chance: random.Random) -> None:
        self.database = server
        self.chance = chance
        self.redis_port, self.web_port = free_port(), free_port()
        self.alive: dict[str, subprocess.Popen[bytes]] = {}
        self.violations_seen: list[str] = []
        self.made, self.log = Path(settings.VAR_DIR) / "made", Path(settings.VAR_DIR) / "soak.log"
        self.person = get_user_model().objects.create(username="alice", role="admin")
        self.team = Team.objects.create(slug="shop", name="Shop")
        self.account = accounts.sync([])[0]
        self._orders = 0
        self._final: dict[str, str] = {}

    @property
    def web_url(self) -> str:
        return f"http://127.0.0.1:{self.web_port}"

    @property
    def redis_url(self) -> str:
        return f"redis://127.0.0.1:{self.redis_port}"

    def keep_running(self, *, order: bool) -> None:
        """Start processes that are not alive. Does nothing else while the database is away."""
        for name, command in self._commands().items():
            if name not in self.alive or self.alive[name].poll() is not None:
                self.alive[name] = self._start(command)
        try:
            if order:
                self._order_next()
        except Error:
            connection.close()

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> None:
        os.kill(self.alive[name].pid, number)

    def has_active_runs(self) -> bool:
        try:
            return Run.objects.filter(status__in=ACTIVE).exists()
        except Error:
            connection.close()
            return True

    def runs(self) -> str:
        counted = Counter(Run.objects.values_list("status", flat=True))
        return f"{sum(counted.values())} ({', '.join(f'{n} {status}' for status, n in counted.items())})"

    def check_final_runs(self) -> None:
        """I8: record final runs that have changed since the last check."""
        try:
            self.violations_seen += invariants.unchanged_since(self._final)
            self._final = invariants.final_rows()
        except Error:
            connection.close()

    def redis_content(self) -> bytes:
        """Everything in Redis."""
        with redis.Redis(port=self.redis_port) as client:
            return b"".join(client.dump(key) or b"" for key in client.scan_iter())

    def stop(self) -> None:
        for process in self.alive.values():
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _commands(self) -> dict[str, list[str]]:
        manage = [sys.executable, "manage.py", "worker"]
        redis = ["--bind", "127.0.0.1", "--port", str(self.redis_port), "--save", ""]
        web = ["-m", "uvicorn", "portal.asgi:application", "--log-level", "critical", "--port"]
        return {
            "redis": [programs.redis_server(), *redis, "--dir", str(settings.VAR_DIR)],
            **{name: [*manage, "runs"] for name in RUNS_WORKERS},
            "control": [*manage, "control"],
            "web": [sys.executable, *web, str(self.web_port)],
        }

    def _start(self, command: list[str]) -> subprocess.Popen[bytes]:
        given = processes.environment(
            REDIS_URL=self.redis_url,
            PORTAL_URL=self.web_url,
            # Longer than the interval of the housekeeping: otherwise it never trusts its clock.
            LEASE_SECONDS="20",
            RUN_SLOTS="3",
            LOG_LEVEL="ERROR",
        )
        with self.log.open("ab") as log:
            return subprocess.Popen(
                command, env=given, cwd=processes.ROOT, stdout=log, stderr=log, start_new_session=True
            )

    def _order_next(self) -> None:
        for number in range(ENVIRONMENTS):
            environment = Environment.objects.filter(name=f"web-{number}").first()
            active = environment and environment.runs.filter(status__in=ACTIVE).first()
            if environment and active and active.status == RunStatus.NEEDS_ATTENTION:
                self._decide(active, environment.name)
            elif not active:
                self._order(number, environment)

    def _decide(self, run: Run, name: str) -> None:
        """What an operator does with a run that needs attention: release its lock, then settle it."""
        now = timezone.now()
        if not operations.why_not_remediate(run, self.person, Remediation.UNLOCK):
            operations.remediate(
                run_id=run.pk, remediation=Remediation.UNLOCK, by=self.person, name=name, now=now
            )
        elif not operations.why_not_settle(run, self.person):
            operations.settle(run_id=run.pk, by=self.person, now=now)

    def _order(self, number: int, environment: Environment | None) -> None:
        self._orders += 1
        tag = f"web-{number}-{self._orders}"
        speak = f"for i in $(seq {LINES}); do echo line $i; sleep 0.1; done; echo {SECRET[::-1]} | rev"
        asked = {
            "greeting": tag,
            "command": f"echo {tag} >> {self.made}; {speak}",
            "network": f"10.{number}.0.0/16",
            "secret": SECRET,
        }
        if environment:
            change = operations.ChangeRequest(
                environment_id=environment.pk, size="small", inputs=asked, by=self.person, key=tag
            )
            operations.change(change, now=timezone.now())
            return
        order = operations.OrderRequest(
            blueprint="pieces",
            name=f"web-{number}",
            inputs=asked,
            by=self.person,
            team=self.team.slug,
            account=self.account.slug,
            size="small",
        )
        operations.order(order, now=timezone.now())


@contextmanager
def running(server: postgres.Server, chance: random.Random) -> Iterator[SoakPortal]:
    """The portal; all its processes are killed at the end."""
    portal = SoakPortal(server, chance)
    portal.made.touch()
    try:
        yield portal
    finally:
        portal.stop()
