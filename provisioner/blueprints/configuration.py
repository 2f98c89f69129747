"""The Terraform beside a blueprint.toml: its variables, outputs and providers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from provisioner.blueprints import hcl
from provisioner.blueprints.definitions import Mistake

_REGISTRIES = ("registry.terraform.io/", "registry.opentofu.org/")
_LARGEST_FILE_BYTES = 1_000_000


@dataclass(frozen=True)
class Variable:
    name: str
    file: str
    line: int
    type: str
    default: Any
    has_default: bool
    description: str
    sensitive: bool
    rules: tuple[str, ...]
    conditions: tuple[str, ...]


@dataclass(frozen=True)
class TerraformOutput:
    name: str
    description: str
    sensitive: bool


@dataclass(frozen=True)
class Provider:
    """A provider that the configuration needs, and where that was first declared."""

    source: str
    file: str
    line: int


@dataclass(frozen=True)
class Configuration:
    """`documents` are the files that could be read, local modules among them, by their path in the folder."""

    documents: Mapping[str, hcl.Document] = field(default_factory=dict)
    variables: Mapping[str, Variable] = field(default_factory=dict)
    outputs: Mapping[str, TerraformOutput] = field(default_factory=dict)
    providers: tuple[Provider, ...] = ()
    has_provider_block: frozenset[str] = frozenset()


def read(*, slug: str, folder: Path, files: Sequence[str]) -> tuple[Configuration, list[Mistake]]:
    """Read the Terraform files among `files` (relative paths). Never raises on what they contain."""
    mistakes = [mistake for name in files if (mistake := _refused(slug, name))]
    documents: dict[str, hcl.Document] = {}
    for name in files:
        if not name.endswith(".tf"):
            continue
        try:
            documents[name] = hcl.read(_text(folder / name))
        except hcl.SyntaxMistake as error:
            mistakes.append(Mistake(slug, name, error.line, str(error)))
    root = {name: document for name, document in documents.items() if "/" not in name}
    if not root and not mistakes:
        mistakes.append(Mistake(slug, "main.tf", None, "there is no Terraform beside blueprint.toml"))
    providers = tuple(_providers(documents))
    blocks = frozenset(b.labels[0] for _, b in _blocks(root, "provider") if b.labels)
    return Configuration(documents, _variables(root), _outputs(root), providers, blocks), mistakes


def _refused(slug: str, name: str) -> Mistake | None:
    if name.endswith((".tf.json", ".tofu", ".tofu.json")):
        return Mistake(
            slug, name, None, "only .tf files are read; write this one in Terraform's own language"
        )
    if name == "override.tf" or name.endswith(("_override.tf", "/override.tf")):
        return Mistake(slug, name, None, "override files would change what the form was made from; merge it")
    if name == "terraform.tfvars" or ("/" not in name and name.endswith((".tfvars.json", ".auto.tfvars"))):
        return Mistake(slug, name, None, "values come from the form; make these the variables' defaults")
    return None


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > _LARGEST_FILE_BYTES:
            raise hcl.SyntaxMistake("this file is larger than 1 MB", line=None)
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise hcl.SyntaxMistake(f"this file cannot be read: {error}", line=None) from error


def _blocks(documents: Mapping[str, hcl.Document], kind: str) -> Iterator[tuple[str, hcl.Block]]:
    for name, document in documents.items():
        for block in document.blocks:
            if block.kind == kind:
                yield name, block


def _variables(root: Mapping[str, hcl.Document]) -> dict[str, Variable]:
    return {
        block.labels[0]: _variable(file, block) for file, block in _blocks(root, "variable") if block.labels
    }


def _variable(file: str, block: hcl.Block) -> Variable:
    type_of = block.attributes.get("type")
    default = block.attributes.get("default")
    rules = [rule for rule in block.blocks if rule.kind == "validation"]
    return Variable(
        name=block.labels[0],
        file=file,
        line=block.line,
        type=_type(type_of.value) if type_of else "any",
        default=default.value if default else None,
        has_default=default is not None,
        description=_words(block, "description"),
        sensitive=_is_true(block, "sensitive") or _is_true(block, "ephemeral"),
        rules=tuple(filter(None, (_words(rule, "error_message") for rule in rules))),
        conditions=tuple(
            rule.attributes["condition"].source for rule in rules if "condition" in rule.attributes
        ),
    )


def _type(value: Any) -> str:
    # An expression's value is its text in "${...}", without comments.
    return re.sub(r"\s+", "", str(value).removeprefix("${").removesuffix("}"))


def _outputs(root: Mapping[str, hcl.Document]) -> dict[str, TerraformOutput]:
    return {
        block.labels[0]: TerraformOutput(
            block.labels[0],
            _words(block, "description"),
            _is_true(block, "sensitive") or _is_true(block, "ephemeral"),
        )
        for _, block in _blocks(root, "output")
        if block.labels
    }


def _words(block: hcl.Block, name: str) -> str:
    attribute = block.attributes.get(name)
    return " ".join(attribute.value.split()) if attribute and isinstance(attribute.value, str) else ""


def _is_true(block: hcl.Block, name: str) -> bool:
    # Anything but a plain "false" hides the value: an expression is taken for the cautious answer.
    return name in block.attributes and block.attributes[name].value is not False


def _providers(documents: Mapping[str, hcl.Document]) -> Iterator[Provider]:
    named = dict(_required(documents))
    seen: set[str] = set()
    uses = [(local, file, line) for local, file, line in _uses(documents)]
    for local, file, line in uses:
        source = named[local].source if local in named else _implied(local)
        if source not in seen:
            seen.add(source)
            yield Provider(source, file, line)
    for provider in named.values():
        if provider.source not in seen:
            seen.add(provider.source)
            yield provider


def _required(documents: Mapping[str, hcl.Document]) -> Iterator[tuple[str, Provider]]:
    for file, terraform in _blocks(documents, "terraform"):
        for block in terraform.blocks:
            if block.kind != "required_providers":
                continue
            for local, attribute in block.attributes.items():
                wanted = attribute.value if isinstance(attribute.value, dict) else {}
                yield local, Provider(_source(str(wanted.get("source", local))), file, attribute.line)


def _uses(documents: Mapping[str, hcl.Document]) -> Iterator[tuple[str, str, int]]:
    """Local names of providers as resources, data sources and provider blocks use them."""
    for file, document in documents.items():
        for block in document.walk():
            if block.kind in ("resource", "data", "ephemeral") and block.labels:
                chosen = block.attributes.get("provider")
                local = re.split(r"[.\[]", chosen.source)[0] if chosen else block.labels[0].split("_")[0]
                yield local, file, block.line
            elif block.kind == "provider" and block.labels:
                yield block.labels[0], file, block.line


def _implied(local: str) -> str:
    return "terraform.io/builtin/terraform" if local == "terraform" else f"hashicorp/{local}"


def _source(text: str) -> str:
    text = text.lower()
    for registry in _REGISTRIES:
        text = text.removeprefix(registry)
    return text if "/" in text else _implied(text)
