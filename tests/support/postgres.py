"""A real PostgreSQL from the system's packages, on a free local port, removed at the end of the test."""

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# The server refuses to run as root.
_UNPRIVILEGED = ("postgres", "nobody")


def programs() -> Path:
    """The folder with the programs of the newest installed PostgreSQL."""
    packaged = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    found = sorted(packaged, key=lambda path: float(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    assert on_path, "PostgreSQL is missing: install your system's postgresql package"
    return Path(on_path).resolve().parent


@dataclass(frozen=True)
class Server:
    """A PostgreSQL with its data in `folder`; its URL stays the same after a restart."""

    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"postgresql://portal@127.0.0.1:{self.port}/portal"

    def start(self) -> None:
        address = (
            f"-c port={self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder}"
        )
        self._control("-w", "-l", self.folder / "log", "-o", f"{address} -c fsync=off", "start")

    def demand_password(self, role: str) -> None:
        """From now on this role needs its password. Other roles need none."""
        rules = self.folder / "data/pg_hba.conf"
        rules.write_text(f"host all {role} all scram-sha-256\n{rules.read_text()}")
        self._control("reload")

    def kill(self) -> None:
        """SIGKILL the postmaster; its children end, too, and nothing more is written."""
        os.kill(int((self.folder / "data/postmaster.pid").read_text().split()[0]), signal.SIGKILL)

    def stop(self) -> None:
        self._control("-m", "immediate", "-w", "stop")

    def _control(self, *arguments: object) -> None:
        _run(programs() / "pg_ctl", "-D", self.folder / "data", *arguments)


@contextlib.contextmanager
def running() -> Iterator[Server]:
    """A server with an empty database `portal`; stopped and removed at the end."""
    with tempfile.TemporaryDirectory(prefix="portal-postgres-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if os.geteuid() == 0:
            owner = _unprivileged()
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        data = folder / "data"
        _run(programs() / "initdb", "-D", data, "-U", "portal", "--auth=trust", "--no-sync", "-E", "UTF8")
        server = Server(folder, _free_port())
        server.start()
        try:
            _run(programs() / "createdb", "-h", "127.0.0.1", "-p", server.port, "-U", "portal", "portal")
            yield server
        finally:
            server.stop()


@contextlib.contextmanager
def server() -> Iterator[str]:
    """The URL of a server that runs inside the block."""
    with running() as found:
        yield found.url


def _run(*command: object) -> None:
    as_root = os.geteuid() == 0
    owner = _unprivileged() if as_root else None
    subprocess.run(
        [str(part) for part in command],
        check=True,
        # Not a pipe: the server would keep it open, and the reader would wait for its end.
        stdout=subprocess.DEVNULL,
        stderr=None,
        cwd="/",
        user=owner.pw_uid if owner else None,
        group=owner.pw_gid if owner else None,
        extra_groups=[] if owner else None,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": "/"},
    )


def _unprivileged() -> pwd.struct_passwd:
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return next(known[name] for name in _UNPRIVILEGED if name in known)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
