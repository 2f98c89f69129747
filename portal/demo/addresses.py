"""Addresses of the embedded services: free loopback ports, kept in `var/embedded.json` for the next start."""

import json
import socket
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from portal import configuration


@dataclass(frozen=True, kw_only=True)
class Addresses:
    """URLs without a trailing slash; the names are the keys of `var/embedded.json`."""

    portal_url: str
    redis_url: str
    aws_endpoint: str


class PortTaken(Exception):
    """Another program listens on the portal's port."""


def choose(*, var_dir: Path, portal_port: int, redis_url: str) -> Addresses:
    """Addresses for this start; the last ones if they are still free. `redis_url` wins if it is set.

    Raises PortTaken for the portal's port, which a person chose and expects.
    """
    if not _is_free(portal_port):
        raise PortTaken(
            f"Port {portal_port} is taken. Stop the program that uses it, or choose another port: "
            "PORT=8123 make demo"
        )
    before = configuration.embedded(var_dir)
    addresses = Addresses(
        portal_url=f"http://127.0.0.1:{portal_port}",
        redis_url=redis_url or _again(before.get("redis_url"), scheme="redis"),
        aws_endpoint=_again(before.get("aws_endpoint"), scheme="http"),
    )
    _write(var_dir / "embedded.json", asdict(addresses))
    return addresses


def port_of(url: str) -> int:
    """The port in a URL; 0 without one."""
    return urlsplit(url).port or 0


def write_demo_file(path: Path, *, addresses: Addresses, processes: dict[str, int]) -> None:
    """Write `var/demo.json` atomically: a reader sees the old file or the new one."""
    _write(
        path,
        {
            "portal": addresses.portal_url,
            "aws_endpoint": addresses.aws_endpoint,
            "redis": addresses.redis_url,
            "processes": processes,
        },
    )


def _write(path: Path, content: dict[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(content, indent=2) + "\n")
    temporary.replace(path)


def _again(before: str | None, *, scheme: str) -> str:
    port = port_of(before or "")
    return f"{scheme}://127.0.0.1:{port if port and _is_free(port) else _free_port()}"


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        # As servers do: a port with connections that are still closing counts as free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
