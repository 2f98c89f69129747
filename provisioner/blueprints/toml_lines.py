"""The lines of keys in a TOML file, which `tomllib` does not keep and a mistake has to name."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

KeyPath = tuple[str | int, ...]


def lines_of_keys(text: str) -> dict[KeyPath, int]:
    """Line, from 1, of every key and table of a valid TOML text, by path: ("sizes", 0, "slug") -> 12."""
    found: dict[KeyPath, int] = {}
    rows: dict[KeyPath, int] = {}
    prefix: KeyPath = ()
    for line, statement in _statements(text):
        parsed = tomllib.loads(statement)
        if not statement.lstrip().startswith("["):
            _note(found, prefix, parsed, line)
            continue
        prefix = _header(parsed, rows, opens_row=statement.lstrip().startswith("[["))
        for length in range(1, len(prefix) + 1):
            found.setdefault(prefix[:length], line)
    return found


def nearest_line(lines: Mapping[KeyPath, int], path: KeyPath) -> int | None:
    """The line of `path`, or of the table that contains it if it is not in the file."""
    for length in range(len(path), 0, -1):
        if (line := lines.get(path[:length])) is not None:
            return line
    return None


def _statements(text: str) -> Iterator[tuple[int, str]]:
    """Every header and every `key = value`, over one or more lines, with its first line."""
    pending: list[str] = []
    start = 0
    for number, row in enumerate(text.splitlines(), start=1):
        if not pending and not row.split("#")[0].strip():
            continue
        start = start if pending else number
        pending.append(row)
        statement = "\n".join(pending)
        if _is_whole(statement):
            yield start, statement
            pending = []


def _is_whole(statement: str) -> bool:
    try:
        tomllib.loads(statement)
    except tomllib.TOMLDecodeError:
        return False
    return True


def _header(parsed: Mapping[str, Any], rows: dict[KeyPath, int], *, opens_row: bool) -> KeyPath:
    keys: list[str] = []
    inner: Any = parsed
    while isinstance(inner, dict) and inner:
        ((key, inner),) = inner.items()
        keys.append(key)
    path: KeyPath = ()
    for depth, key in enumerate(keys):
        path = (*path, key)
        if depth == len(keys) - 1 and opens_row:
            rows[path] = rows.get(path, -1) + 1
        if path in rows:
            path = (*path, rows[path])
    return path


def _note(found: dict[KeyPath, int], prefix: KeyPath, value: Any, line: int) -> None:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        found.setdefault((*prefix, key), line)
        _note(found, (*prefix, key), inner, line)
