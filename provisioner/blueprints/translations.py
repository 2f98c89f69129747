"""The texts of a blueprint in other languages: `blueprint.<language>.toml` next to `blueprint.toml`.

Such a file has the same tables and keys, with texts only. A size is found by its `slug`, a choice by its
`value`, an
output by its `name`, a section by its place. What is missing stays English.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from provisioner.blueprints import shapes, toml_reader
from provisioner.blueprints.definitions import Blueprint, Choice, Input, Mistake, Output, Section, Size
from provisioner.sentences import translate

Row = TypeVar("Row", Size, Output)

_NAME = re.compile(r"blueprint\.([a-z]{2,3}(?:-[a-z0-9]{2,8})*)\.toml")


def read(folder: Path, blueprint: Blueprint) -> tuple[dict[str, Mapping[str, Any]], list[Mistake]]:
    """The content of each language file of the folder, by language in lower case, and the mistakes."""
    found: dict[str, Mapping[str, Any]] = {}
    mistakes: list[Mistake] = []
    for path in sorted(folder.glob("blueprint.*.toml")):
        name = _NAME.fullmatch(path.name)
        if name is None:
            message = "a language file is called blueprint.<language>.toml, for example blueprint.ko.toml"
            mistakes.append(Mistake(blueprint.slug, path.name, None, message))
            continue
        try:
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            mistakes.append(Mistake(blueprint.slug, path.name, None, f"this file cannot be read: {error}"))
            continue
        reader = toml_reader.Reader(slug=blueprint.slug, file=path.name, text=text)
        found[name[1]] = _content(reader, blueprint)
        mistakes += reader.mistakes
    return found, mistakes


def in_language(blueprint: Blueprint, language: str) -> Blueprint:
    """The blueprint with its texts in this language, such as "pt-br", or else in "pt", or else unchanged."""
    texts = blueprint.translations.get(language.lower())
    if texts is None:
        texts = blueprint.translations.get(language.lower().partition("-")[0], {})
    given = {key: texts[key] for key in ("title", "summary", "description") if key in texts}
    sections = texts.get("sections", [])
    inputs = texts.get("inputs", {})
    sizes, outputs = texts.get("sizes", []), texts.get("outputs", [])
    return replace(
        blueprint,
        **given,
        sections=tuple(
            _section(each, sections[index : index + 1]) for index, each in enumerate(blueprint.sections)
        ),
        inputs={name: _input(each, inputs.get(name, {})) for name, each in blueprint.inputs.items()},
        sizes=tuple(_with(each, sizes, "slug", "title", "help") for each in blueprint.sizes),
        outputs=tuple(_with(each, outputs, "name", "label", "help") for each in blueprint.outputs),
    )


def _content(reader: toml_reader.Reader, blueprint: Blueprint) -> dict[str, Any]:
    top = reader.table((), reader.content, shape=shapes.TranslatedBlueprint)
    top["sections"] = _rows(reader, "sections", top, shapes.TranslatedSection, None)
    top["sizes"] = _rows(reader, "sizes", top, shapes.TranslatedSize, [each.slug for each in blueprint.sizes])
    top["outputs"] = _rows(
        reader, "outputs", top, shapes.TranslatedOutput, [each.name for each in blueprint.outputs]
    )
    if len(top["sections"]) > len(blueprint.sections):
        reader.note(("sections",), f"blueprint.toml has only {len(blueprint.sections)} sections")
    inputs = {}
    for name, raw in top.get("inputs", {}).items():
        path = ("inputs", name)
        if name not in blueprint.inputs:
            reader.note(
                path, f"there is no input {name!r}.{toml_reader.did_you_mean(name, blueprint.inputs)}"
            )
        elif not isinstance(raw, dict):
            reader.note(path, f"{name!r} must be a table")
        else:
            inputs[name] = _texts_of_input(reader, path, raw, blueprint.inputs[name])
    top["inputs"] = inputs
    return top


def _texts_of_input(
    reader: toml_reader.Reader, path: tuple[str, str], raw: Mapping[str, Any], question: Input
) -> dict[str, Any]:
    texts = reader.table(path, raw, shape=shapes.TranslatedInput)
    offered = [each.value for each in question.choices]
    choices = []
    for index, each in enumerate(texts.get("choices", [])):
        place = (*path, "choices", index)
        good = reader.table(place, each, shape=shapes.Choice)
        if "value" in good and good["value"] not in offered:
            reader.note((*place, "value"), f"input {question.name!r} has no choice {good['value']!r}")
        choices.append(good)
    return texts | {"choices": choices}


def _rows(
    reader: toml_reader.Reader,
    key: str,
    top: Mapping[str, Any],
    shape: type[shapes.Shape],
    names: Iterable[str] | None,
) -> list[dict[str, Any]]:
    """The tables of a list.

    The first key of `shape` identifies a row, and must be one of `names`, if they are given.
    """
    identity = next(iter(shape.model_fields))
    known = None if names is None else list(names)
    rows = []
    for index, raw in enumerate(top.get(key, [])):
        path = (key, index)
        good = reader.table(path, raw, shape=shape)
        if known is not None and identity in good and good[identity] not in known:
            hint = toml_reader.did_you_mean(good[identity], known)
            reader.note((*path, identity), f"there is no {identity} {good[identity]!r} in {key!r}.{hint}")
        rows.append(good)
    return rows


def _section(section: Section, rows: Sequence[Mapping[str, Any]]) -> Section:
    given = {key: row[key] for row in rows for key in ("title", "help") if key in row}
    if not given and section.is_rest:
        is_alone = section.title == "Settings"
        return replace(section, title=translate("Settings") if is_alone else translate("More settings"))
    return replace(section, **given)


def _input(question: Input, texts: Mapping[str, Any]) -> Input:
    given = {key: text for key, text in texts.items() if key != "choices"}
    rows = {row.get("value"): row for row in texts.get("choices", [])}
    choices = tuple(_choice(each, rows.get(each.value, {})) for each in question.choices)
    return replace(question, **given, choices=choices)


def _choice(choice: Choice, row: Mapping[str, Any]) -> Choice:
    return replace(choice, **{key: row[key] for key in ("label", "help") if key in row})


def _with(item: Row, rows: Sequence[Mapping[str, Any]], identity: str, *keys: str) -> Row:
    row = next((each for each in rows if each.get(identity) == getattr(item, identity)), {})
    return replace(item, **{key: row[key] for key in keys if key in row})
