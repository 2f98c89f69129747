"""A real MariaDB from the system's packages, on a free local port. TLS is required."""

from __future__ import annotations

import contextlib
import getpass
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

# Like the blueprint's parameter group, but small and without durability.
SETTINGS = (
    "--require-secure-transport=ON",
    "--bind-address=127.0.0.1",
    "--skip-name-resolve",
    "--innodb-buffer-pool-size=16M",
    "--innodb-log-file-size=8M",
    "--innodb-flush-log-at-trx-commit=0",
    "--performance-schema=OFF",
)
START_LIMIT_SECONDS = 30


@dataclass
class Server:
    """A MariaDB with its data in `folder`; its port stays the same after a restart."""

    folder: Path
    port: int
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        options = [
            f"--datadir={self.folder / 'data'}",
            f"--socket={self.folder / 'socket'}",
            f"--pid-file={self.folder / 'pid'}",
            f"--log-error={self.folder / 'log'}",
            f"--port={self.port}",
            f"--ssl-ca={self.folder / 'tls/ca.pem'}",
            f"--ssl-cert={self.folder / 'tls/cert.pem'}",
            f"--ssl-key={self.folder / 'tls/key.pem'}",
            f"--user={getpass.getuser()}",
        ]
        self._process = subprocess.Popen(
            [program("mariadbd"), "--no-defaults", *options, *SETTINGS], stderr=subprocess.DEVNULL
        )
        deadline = time.monotonic() + START_LIMIT_SECONDS
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError((self.folder / "log").read_text())
            time.sleep(0.05)

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(30)
            self._process = None

    def sql(self, statement: str) -> str:
        """Run `statement` as administrator over the socket. Returns its output."""
        done = self._asked(statement)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def sign_in(self, *, user: str, password: str, encrypted: bool) -> subprocess.CompletedProcess[str]:
        """Sign in over TCP with the client program."""
        client = [
            program("mariadb"),
            "--no-defaults",
            "--protocol=tcp",
            "-h",
            "127.0.0.1",
            "-P",
            str(self.port),
        ]
        tls = [f"--ssl-ca={self.folder / 'tls/ca.pem'}"] if encrypted else ["--skip-ssl"]
        return subprocess.run(
            [*client, *tls, "-u", user, "-e", "SELECT 1"],
            capture_output=True,
            text=True,
            env={**os.environ, "MYSQL_PWD": password},
        )

    def _answers(self) -> bool:
        # An open port is not enough: a SIGTERM would still be lost.
        return self._asked("SELECT 1").returncode == 0

    def _asked(self, statement: str) -> subprocess.CompletedProcess[str]:
        client = [program("mariadb"), "--no-defaults", f"--socket={self.folder / 'socket'}", "-u", "root"]
        return subprocess.run([*client, "-N", "-e", statement], capture_output=True, text=True)


def program(name: str) -> str:
    """The path of the program. Servers are outside the PATH of a normal user."""
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    assert found, f"{name} is missing: run tests/support/install_system_packages.sh"
    return found


@contextlib.contextmanager
def running(*, certificate: bytes, key: bytes, authority: bytes) -> Iterator[Server]:
    """A server whose only user is root on the socket; stopped and removed at the end."""
    # Not in a test's folder: the path of a socket is limited to 107 bytes.
    with tempfile.TemporaryDirectory(prefix="portal-mariadb-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / "tls").mkdir()
        for file, content in {"cert.pem": certificate, "key.pem": key, "ca.pem": authority}.items():
            (folder / "tls" / file).write_bytes(content)
        installing = [
            program("mariadb-install-db"),
            "--no-defaults",
            f"--datadir={folder / 'data'}",
            f"--user={getpass.getuser()}",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
        ]
        subprocess.run(installing, check=True, stdout=subprocess.DEVNULL)
        server = Server(folder, free_port())
        server.start()
        try:
            yield server
        finally:
            server.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
