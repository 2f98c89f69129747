"""A real PostgreSQL of this machine's packages, on a free port of loopback, gone when the test is over."""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

# The server refuses to run as root.
_UNPRIVILEGED = ("postgres", "nobody")


def binaries() -> Path | None:
    """The folder of the newest installed PostgreSQL's programs; None if there is none."""
    packaged = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    found = sorted(packaged, key=lambda path: float(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


@contextlib.contextmanager
def server() -> Iterator[str]:
    """Start one; gives its URL, of an empty database `portal`. Stops and removes it at the end."""
    programs = binaries()
    assert programs, "PostgreSQL is missing: install your system's postgresql package"
    with tempfile.TemporaryDirectory(prefix="portal-postgres-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if os.geteuid() == 0:
            owner = _unprivileged()
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        data = folder / "data"
        _run(programs / "initdb", "-D", data, "-U", "portal", "--auth=trust", "--no-sync", "-E", "UTF8")
        port = _free_port()
        address = f"-c port={port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
        options = f"{address} -c fsync=off"
        _run(programs / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start")
        try:
            _run(programs / "createdb", "-h", "127.0.0.1", "-p", port, "-U", "portal", "portal")
            yield f"postgresql://portal@127.0.0.1:{port}/portal"
        finally:
            _run(programs / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")


def _run(*command: object) -> None:
    as_root = os.geteuid() == 0
    owner = _unprivileged() if as_root else None
    subprocess.run(
        [str(part) for part in command],
        check=True,
        # Not a pipe: the server would keep it open, and with it whoever waits for the end of file.
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
