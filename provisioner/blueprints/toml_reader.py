"""Reads a TOML file against a fixed list of keys. Every mistake is noted with its line; none raises."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError

from provisioner.blueprints import shapes, toml_lines
from provisioner.blueprints.definitions import Mistake


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
        self, path: toml_lines.KeyPath, raw: Mapping[str, Any], *, shape: type[shapes.Shape]
    ) -> dict[str, Any]:
        """The keys of the table at `path` that have the right shape. Every other key is noted."""
        wrong: dict[str, str] = {}
        try:
            shape.model_validate(raw)
        except ValidationError as error:
            # A list or a union reports each of its parts: one sentence for a key is enough.
            for problem in error.errors(include_url=False, include_input=False):
                wrong.setdefault(str(problem["loc"][0]), problem["type"])
        for key, kind in wrong.items():
            self._note_key(path, key, kind, shape)
        return {key: value for key, value in raw.items() if key not in wrong}

    def _note_key(self, path: toml_lines.KeyPath, key: str, kind: str, shape: type[shapes.Shape]) -> None:
        if kind == "missing":
            self.note(path, f"{key!r} is missing")
        elif kind == "extra_forbidden":
            self.note((*path, key), f"unknown key {key!r}.{did_you_mean(key, shape.model_fields)}")
        else:
            self.note((*path, key), f"{key!r} must be {shape.model_fields[key].description}")

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
