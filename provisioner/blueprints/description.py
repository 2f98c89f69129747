"""blueprint.toml: from text to a Blueprint, or to a list of mistakes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from provisioner.blueprints import answers, configuration, dependencies, questions, shapes, toml_reader
from provisioner.blueprints.definitions import SUPPLIED, Blueprint, Input, Mistake, Output, Section, Size
from provisioner.blueprints.refusal import Rejected

FILE = "blueprint.toml"
_OUTPUT_KINDS = ("url", "text", "command", "arn", "list")
_APPROVALS = ("automatic", "person")


def read(
    *, slug: str, folder: Path, text: str, found: configuration.Configuration, digest: str, trusted: bool
) -> tuple[Blueprint, list[Mistake]]:
    """The blueprint as far as `text` describes it. It is valid only if the list of mistakes is empty."""
    reader = toml_reader.Reader(slug=slug, file=FILE, text=text)
    top = reader.table((), reader.content, shape=shapes.Blueprint) if not reader.mistakes else {}
    if "title" in top and not top["title"].strip():
        reader.note(("title",), "'title' is empty")
    if top.get("target_seconds", 1) < 1:
        reader.note(("target_seconds",), "'target_seconds' must be at least 1")
    inputs = questions.read(reader, found)
    blueprint = Blueprint(
        slug=slug,
        path=folder,
        title=top.get("title", slug),
        summary=top.get("summary", ""),
        description=top.get("description", ""),
        icon=top.get("icon", "box"),
        target_seconds=top.get("target_seconds"),
        regions=tuple(top.get("regions", ())),
        sections=_sections(reader, top.get("sections", []), inputs),
        inputs=inputs,
        sizes=_sizes(reader, top.get("sizes", []), inputs),
        outputs=_outputs(reader, top.get("outputs"), found.outputs),
        digest=digest,
        trusted=trusted,
        terraform_variables=frozenset(found.variables),
        sensitive_variables=frozenset(name for name, each in found.variables.items() if each.sensitive),
        providers=frozenset(provider.source for provider in found.providers),
        has_provider_block=found.has_provider_block,
        dependencies=dependencies.dependencies_of(found),
    )
    return blueprint, reader.mistakes


def _sections(
    reader: toml_reader.Reader, raw: list[dict[str, Any]], inputs: Mapping[str, Input]
) -> tuple[Section, ...]:
    sections: list[Section] = []
    placed: set[str] = set()
    for index, table in enumerate(raw):
        path = ("sections", index)
        good = reader.table(path, table, shape=shapes.Section)
        names = good.get("inputs", [])
        for name in names:
            if name not in inputs:
                reader.note((*path, "inputs"), _no_input(name, inputs))
            elif name in placed:
                reader.note((*path, "inputs"), f"input {name!r} is in two places")
            placed.add(name)
        advanced = good.get("advanced", False)
        sections.append(Section(good.get("title", ""), tuple(names), good.get("help", ""), advanced))
    rest = tuple(name for name in inputs if name not in placed)
    if rest:
        sections.append(Section("More settings" if sections else "Settings", rest, is_rest=True))
    return tuple(sections)


def _sizes(
    reader: toml_reader.Reader, raw: list[dict[str, Any]], inputs: Mapping[str, Input]
) -> tuple[Size, ...]:
    sizes: list[Size] = []
    for index, table in enumerate(raw):
        path = ("sizes", index)
        good = reader.table(path, table, shape=shapes.Size)
        slug, approval = good.get("slug", ""), good.get("approval", "automatic")
        if slug and not re.fullmatch(r"[a-z][a-z0-9_-]{0,31}", slug):
            reader.note((*path, "slug"), f"size {slug!r}: use lower-case letters, digits and hyphens")
        if any(slug == each.slug for each in sizes):
            reader.note((*path, "slug"), f"there are two sizes {slug!r}")
        if approval not in _APPROVALS:
            hint = toml_reader.did_you_mean(approval, _APPROVALS)
            reader.note((*path, "approval"), f"'approval' must be 'automatic' or 'person'.{hint}")
        preset = _preset(reader, (*path, "inputs"), good.get("inputs", {}), inputs)
        sizes.append(Size(slug, good.get("title", slug), good.get("help", ""), approval, preset))
    return tuple(sizes)


def _preset(
    reader: toml_reader.Reader,
    path: tuple[str | int, ...],
    raw: Mapping[str, Any],
    inputs: Mapping[str, Input],
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, given in raw.items():
        if name not in inputs:
            reader.note((*path, name), _no_input(name, inputs))
            continue
        try:
            values[name] = answers.check_value(inputs[name], given)
        except Rejected as refusal:
            reader.note((*path, name), f"{name!r} is not an allowed answer: {refusal}")
    return values


def _outputs(
    reader: toml_reader.Reader,
    raw: list[dict[str, Any]] | None,
    known: Mapping[str, configuration.TerraformOutput],
) -> tuple[Output, ...]:
    if raw is None:
        shown = [output for output in known.values() if not output.sensitive]
        return tuple(Output(each.name, _label(each.name), help=each.description) for each in shown)
    outputs: list[Output] = []
    for index, table in enumerate(raw):
        path = ("outputs", index)
        good = reader.table(path, table, shape=shapes.Output)
        name, kind = good.get("name", ""), good.get("kind", "text")
        if name and name not in known:
            hint = toml_reader.did_you_mean(name, known)
            reader.note((*path, "name"), f"there is no Terraform output {name!r}.{hint}")
        elif name and known[name].sensitive:
            reader.note((*path, "name"), f"output {name!r} is sensitive and cannot be shown")
        if kind not in _OUTPUT_KINDS:
            hint = toml_reader.did_you_mean(kind, _OUTPUT_KINDS)
            reader.note((*path, "kind"), f"unknown kind {kind!r}.{hint} Kinds are {', '.join(_OUTPUT_KINDS)}")
        help_text = good.get("help", known[name].description if name in known else "")
        outputs.append(
            Output(name, good.get("label", _label(name)), kind, good.get("primary", False), help_text)
        )
    return tuple(outputs)


def _label(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _no_input(name: str, inputs: Mapping[str, Input]) -> str:
    if name in SUPPLIED:
        return f"{name!r} is set by the portal and is not an input"
    return f"there is no input {name!r}.{toml_reader.did_you_mean(name, inputs)}"
