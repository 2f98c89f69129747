"""Reads a TOML file against a fixed list of keys. Every mistake is noted with its line; none raises."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from provisioner.blueprints import toml_lines
from provisioner.blueprints.definitions import Mistake

_SHAPES: dict[str, Callable[[Any], bool]] = {
    "text": lambda value: isinstance(value, str),
    "a whole number": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "a number": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    "true or false": lambda value: isinstance(value, bool),
    "text, a number, true or false": lambda value: isinstance(value, (str, int, float)),
    "a list of text": lambda value: _is_list_of(value, str),
    "a list of answers": lambda value: _is_list_of(value, (str, int, float)),
    "a list of tables": lambda value: _is_list_of(value, dict),
    "a table": lambda value: isinstance(value, dict),
}


class Reader:
    """One TOML text. `mistakes` grows while its tables are read."""

    def __init__(self, *, slug: str, file: str, text: str) -> None:
        self._slug = slug
        self._file = file
        self.mistakes: list[Mistake] = []
        self.content: dict[str, Any] = {}
        self._lines: dict[toml_lines.KeyPath, int] = {}
        try:
            self.content = tomllib.loads(text)
            self._lines = toml_lines.lines_of_keys(text)
        except tomllib.TOMLDecodeError as error:
            self._note_syntax(str(error), text)

    def note(self, path: toml_lines.KeyPath, message: str) -> None:
        line = toml_lines.nearest_line(self._lines, path)
        self.mistakes.append(Mistake(self._slug, self._file, line, message))

    def table(
        self,
        path: toml_lines.KeyPath,
        raw: Mapping[str, Any],
        *,
        shapes: Mapping[str, str],
        needed: Iterable[str] = (),
    ) -> dict[str, Any]:
        """Of the table at `path` the keys in `shapes` that have that shape; the others are noted."""
        good: dict[str, Any] = {}
        for key, value in raw.items():
            if key not in shapes:
                self.note((*path, key), f"unknown key {key!r}.{did_you_mean(key, shapes)}")
            elif not _SHAPES[shapes[key]](value):
                self.note((*path, key), f"{key!r} must be {shapes[key]}")
            else:
                good[key] = value
        for key in needed:
            if key not in raw:
                self.note(path, f"{key!r} is missing")
        return good

    def _note_syntax(self, message: str, text: str) -> None:
        if found := re.search(r" \(at line (\d+), column \d+\)$", message):
            line, message = int(found[1]), message[: found.start()]
        else:
            line, message = len(text.splitlines()), message.removesuffix(" (at end of document)")
        self.mistakes.append(
            Mistake(self._slug, self._file, line or None, f"this is not valid TOML: {message}")
        )


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """ " Did you mean 'title'?", or nothing when no name is close."""
    close = difflib.get_close_matches(given, list(known), n=1)
    return f" Did you mean {close[0]!r}?" if close else ""


def _is_list_of(value: Any, kind: type | tuple[type, ...]) -> bool:
    return isinstance(value, list) and all(isinstance(item, kind) for item in value)
