"""The application where no Python package can be fetched (no NAT gateway): Python 3.9 alone.

It answers the same addresses. Without a MySQL driver it cannot sign in: /db reads the greeting that the
server sends to everyone, which shows that it is reachable and which version it has.
"""

import json
import os
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SETTINGS = Path(os.environ.get("APP_SETTINGS", "/etc/app/app.env"))
ANSWER = tuple[int, dict[str, object]]
# The server counts who hangs up after its greeting: visitors must not be able to make many of those.
SECONDS_KEPT = 5

_lock = threading.Lock()
_kept: dict[tuple[str, str], tuple[float, ANSWER]] = {}


def settings() -> dict[str, str]:
    # The database is announced after this process began, the file may not be there yet.
    lines = SETTINGS.read_text().splitlines() if SETTINGS.exists() else []
    return dict(line.split("=", 1) for line in lines if "=" in line)


def server_version(host: str, port: int) -> str:
    """Read the first packet: 3 bytes length, 1 number, 1 protocol, then the version up to a zero byte."""
    with socket.create_connection((host, port), timeout=3) as connection:
        greeting = connection.recv(256)
    if len(greeting) < 6 or greeting[4] != 10:
        raise ValueError("this is not a MySQL server, or it refuses this host")
    return greeting[5 : greeting.index(0, 5)].decode()


def home() -> ANSWER:
    found = settings()
    return 200, {
        "environment": found.get("ENVIRONMENT", "unknown"),
        "instance": found.get("INSTANCE_ID", socket.gethostname()),
        "zone": found.get("ZONE", "unknown"),
        "offline": True,
    }


def healthz() -> ANSWER:
    return 200, {"status": "ok"}


def db() -> ANSWER:
    found = settings()
    if "DB_HOST" not in found:
        return 503, {"status": "away", "reason": "no database is announced yet"}
    where = found["DB_HOST"], found["DB_PORT"]
    with _lock:
        asked_at, answer = _kept.get(where, (float("-inf"), None))
        if answer is None or time.monotonic() - asked_at >= SECONDS_KEPT:
            answer = ask(*where)
            _kept[where] = time.monotonic(), answer
    return answer


def ask(host: str, port: str) -> ANSWER:
    try:
        version = server_version(host, int(port))
    except (OSError, ValueError) as failure:
        # This address is public: host names are only in the system log.
        sys.stderr.write(f"database: {failure}\n")
        return 503, {"status": "away", "reason": type(failure).__name__}
    return 200, {"status": "ok", "version": version, "signed_in": False}


def readyz() -> ANSWER:
    status, fields = db()
    return status, fields if status != 200 else {"status": "ready"}


def version() -> ANSWER:
    return 200, {"version": "built-in, offline", "digest": None}


PAGES = {"/": home, "/healthz": healthz, "/readyz": readyz, "/db": db, "/version": version}


class Page(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        page = PAGES.get(self.path.split("?", 1)[0])
        status, fields = page() if page else (404, {"status": "unknown address"})
        body = json.dumps(fields).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("APP_PORT", "8000"))), Page).serve_forever()
