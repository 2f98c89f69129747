"""A complete portal for tests: the real `make demo` process in its own folder, on a free port."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "three-tier-demo"
START_SECONDS = 120
STOP_SECONDS = 90


@dataclass(frozen=True)
class Demo:
    """A running demo."""

    url: str
    var_dir: Path
    environment: dict[str, str]
    process: subprocess.Popen[bytes]

    def described(self) -> dict[str, Any]:
        """The current content of `var/demo.json`."""
        return dict(json.loads((self.var_dir / "demo.json").read_text()))

    def reported(self) -> str:
        """What the demo has printed so far."""
        return (self.var_dir.parent / "demo.log").read_text()

    def manage(self, *arguments: str, timeout: float = 300) -> subprocess.CompletedProcess[str]:
        """`manage.py` in a second terminal."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )


@contextmanager
def running(var_dir: Path, root: Path = ROOT, /, **settings: str) -> Iterator[Demo]:
    """Start the demo, wait until it is ready, and stop it with SIGINT at the end."""
    port = str(_free_port())
    environment = {**os.environ, "VAR_DIR": str(var_dir), "PORT": port, "FIRST": "0", **settings}
    # The demo uses its embedded services, whatever the tests use.
    for name in ("DATABASE_URL", "REDIS_URL"):
        environment.pop(name, None)
    with (var_dir.parent / "demo.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "portal.demo"], cwd=root, env=environment, stdout=log, stderr=log
        )
    try:
        url = _wait_until_up(var_dir, process)
        yield Demo(url=url, var_dir=var_dir, environment=environment, process=process)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(STOP_SECONDS)


def _wait_until_up(var_dir: Path, process: subprocess.Popen[bytes]) -> str:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            described = json.loads((var_dir / "demo.json").read_text())
        except (OSError, ValueError):
            described = {"processes": {}}
        if len(described["processes"]) == 6:
            return str(described["portal"])
        time.sleep(0.1)
    raise AssertionError(f"the demo did not come up:\n{(var_dir.parent / 'demo.log').read_text()}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
