"""The laboratory's page: a handful of files, as they lie in `page/`."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_FILES = {path.name: path for path in (Path(__file__).parent / "page").iterdir() if path.suffix in _TYPES}
# Nothing from elsewhere, and in nobody's frame: a click there would be a click here.
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


def has(path: str) -> bool:
    """Whether a path below `/_lab/` is the page or one of its files."""
    return _name(path) in _FILES


def send(path: str, start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The WSGI answer with that file."""
    file = _FILES[_name(path)]
    body = file.read_bytes()
    kind = [("Content-Type", _TYPES[file.suffix]), ("Content-Length", str(len(body)))]
    start_response("200 OK", kind + _HEADERS)
    return [body]


def _name(path: str) -> str:
    return path.removeprefix("/_lab/") or "index.html"
