"""An instance for one test: a folder in which the first boot runs for real.

Real are bash, nginx, Python's venv and pip, the application, the AWS API (the simulated account). What an
instance has and this machine has not stands at the front of the PATH: dnf, systemctl (systemctl.py), the aws
command, the internet and the metadata service (within curl), a container engine.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from tests.support import mariadb
from tests.terraform_modules import user_data

STAND_INS = Path(__file__).with_name("stand_ins")
APPLICATION_PORT, NGINX_PORT = "8000", "80"


@dataclass(frozen=True)
class Boot:
    """How a first boot ended: exit code, what it printed, and how the stand-ins were called."""

    code: int
    log: str
    calls: list[str]


@dataclass(frozen=True)
class Answer:
    """Of one request: status, headers, body."""

    status: int
    headers: Mapping[str, str]
    body: str

    @property
    def fields(self) -> dict[str, object]:
        found: dict[str, object] = json.loads(self.body)
        return found


class Instance:
    """The folder `root` as an instance. `environment` reaches everything that runs on it."""

    def __init__(self, root: Path, *, environment: Mapping[str, str]) -> None:
        self.root = root
        self._application, self.port = mariadb.free_port(), mariadb.free_port()
        self.surroundings = dict(environment)
        for folder in ("bin", "dev", "etc/systemd/system", "etc/nginx/conf.d", "opt", "run", "var/log"):
            (root / folder).mkdir(parents=True)
        for program in STAND_INS.iterdir():
            shutil.copy(program, root / "bin" / program.name)
            (root / "bin" / program.name).chmod(0o755)
        (root / "bin/python3.11").symlink_to(sys.executable)

    def boot(self, script: str, *, fails: str = "", hurried: bool = False) -> Boot:
        """Run the script of the first boot.

        A stand-in whose call contains `fails` ends with an error. If `hurried`, each look at the clock is
        30 s later.
        """
        (self.root / "calls").write_text("")
        done = subprocess.run(
            ["bash", "-c", user_data.changed(script, self._places())],
            env=self._surroundings() | {"TEST_FAILS": fails, "TEST_HURRIED": "yes" if hurried else ""},
            capture_output=True,
            text=True,
            timeout=120,
        )
        return Boot(done.returncode, done.stdout, (self.root / "calls").read_text().splitlines())

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """A command on the instance, as Session Manager or Run Command would."""
        return subprocess.run(command, env=self._surroundings(), capture_output=True, text=True, timeout=60)

    def begin(self, *command: str) -> subprocess.Popen[bytes]:
        """The same, without waiting for its end."""
        return subprocess.Popen(command, env=self._surroundings(), stdout=subprocess.DEVNULL)

    def run_document(self, commands: list[str]) -> subprocess.CompletedProcess[str]:
        """The lines of a command document, as the agent of Systems Manager would."""
        script = "\n".join(commands).replace("/opt/app", f"{self.root}/opt/app")
        return self.run("sh", "-c", script)

    def get(self, path: str, **headers: str) -> Answer:
        """Ask nginx, as the load balancer does. Header names with _ for -."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        address = Request(f"http://127.0.0.1:{self.port}{path}", headers=named)
        try:
            with urlopen(address, timeout=10) as answer:  # noqa: S310
                return Answer(answer.status, dict(answer.headers), answer.read().decode())
        except HTTPError as refusal:
            with refusal:
                return Answer(refusal.code, dict(refusal.headers), refusal.read().decode())

    def main_process(self, unit: str) -> int:
        """The process of a running service, 0 if there is none."""
        file = self.root / f"run/{unit}.main"
        return int(file.read_text() or 0) if file.exists() else 0

    def text(self, path: str) -> str:
        return (self.root / path).read_text()

    def end(self) -> None:
        """Stop every service that runs."""
        for file in sorted((self.root / "run").glob("*.supervisor")):
            self.run("systemctl", "stop", file.name.removesuffix(".supervisor"))
        for file in (self.root / "run").glob("*.main"):
            os.kill(int(file.read_text()), signal.SIGKILL)

    def _places(self) -> dict[str, str]:
        """What the script calls by an instance's paths and ports, as it is here."""
        folders = ("/etc/app", "/etc/nginx", "/etc/systemd", "/opt/app", "/var/log/", "/dev/console")
        return {
            **{folder: f"{self.root}{folder}" for folder in folders},
            "/usr/bin/docker": f"{self.root}/bin/docker",
            "/usr/bin/python3 ": f"{sys.executable} ",
            f"127.0.0.1:{APPLICATION_PORT}": f"127.0.0.1:{self._application}",
            f"--port {APPLICATION_PORT}": f"--port {self._application}",
            f'"{APPLICATION_PORT}"': f'"{self._application}"',
            "http://127.0.0.1/": f"http://127.0.0.1:{self.port}/",
            f"listen {NGINX_PORT} ": f"listen 127.0.0.1:{self.port} ",
        }

    def _surroundings(self) -> dict[str, str]:
        return {
            "PATH": f"{self.root}/bin:{os.environ['PATH']}:/usr/sbin",
            "HOME": str(self.root),
            "LANG": "C.UTF-8",
            "TEST_ROOT": str(self.root),
            "TEST_PORT": str(self.port),
            "TEST_APPLICATION_PORT": str(self._application),
            "TEST_PYTHON": sys.executable,
            "TEST_SYSTEMCTL": str(Path(__file__).with_name("systemctl.py")),
            **self.surroundings,
        }
