"""Processes of the portal for tests, without the caller's settings in their environment."""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.db import connection

from portal import configuration

KEPT = ("PATH", "HOME", "LANG", "VIRTUAL_ENV")


def environment(**variables: str) -> dict[str, str]:
    """A new environment, with its own folder unless VAR_DIR is given."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    folder = variables.get("VAR_DIR") or tempfile.mkdtemp(prefix="portal-")
    return kept | {"VAR_DIR": folder} | variables


def free_port() -> int:
    """A free local port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def web(var_dir: Path, *, redis_url: str) -> Iterator[str]:
    """The portal's real web process on the test's database. Yields its address."""
    url = f"http://127.0.0.1:{(port := free_port())}"
    variables = environment(
        VAR_DIR=str(var_dir),
        PORTAL_URL=url,
        REDIS_URL=redis_url,
        DATABASE_URL=_database_url(),
        SECRET_KEY=settings.SECRET_KEY,
    )
    command = [sys.executable, "-m", "uvicorn", "portal.asgi:application", "--port", str(port)]
    process = subprocess.Popen(
        [*command, "--log-level", "warning"], env=variables, cwd=configuration.ROOT, start_new_session=True
    )
    try:
        wait_for(f"{url}/healthz", process)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=30)


def _database_url() -> str:
    if connection.vendor == "sqlite":
        return ""  # the test's database is in VAR_DIR
    its = connection.settings_dict
    host = f"{its['HOST']}:{its['PORT']}"
    return f"postgresql://{quote(its['USER'])}:{quote(its['PASSWORD'])}@{host}/{its['NAME']}"


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=5):  # noqa: S310
            return
        time.sleep(0.1)
    raise AssertionError(f"{url} did not answer; exit code {process.poll()}")
