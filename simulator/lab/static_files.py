"""Serves the files of the lab's page from `page/`."""

from collections.abc import Iterable
from pathlib import Path
from wsgiref.types import StartResponse

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_FILES = {path.name: path for path in (Path(__file__).parent / "page").iterdir() if path.suffix in _TYPES}
# Nothing is loaded from other sites, and no site can show the page in a frame (clickjacking).
_HEADERS = [
    (
        "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cache-Control", "no-cache"),
]


def exists(path: str) -> bool:
    """Whether a path below `/_lab/` is the page or one of its files."""
    return _name(path) in _FILES


def send(path: str, start_response: StartResponse) -> Iterable[bytes]:
    """The WSGI response with that file."""
    file = _FILES[_name(path)]
    body = file.read_bytes()
    headers = [("Content-Type", _TYPES[file.suffix]), ("Content-Length", str(len(body)))]
    start_response("200 OK", headers + _HEADERS)
    return [body]


def _name(path: str) -> str:
    return path.removeprefix("/_lab/") or "index.html"
