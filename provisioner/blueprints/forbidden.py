"""What a blueprint may not contain: Terraform runs code, so a folder is code, and only some is trusted."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path

from provisioner.blueprints import configuration, hcl
from provisioner.blueprints.definitions import Mistake

ALLOWED_PROVIDERS = frozenset(
    {
        "hashicorp/aws",
        "hashicorp/random",
        "hashicorp/null",
        "hashicorp/time",
        "hashicorp/tls",
        "terraform.io/builtin/terraform",
    }
)
_DATA = {
    "external": "runs a program on the portal's machine, already while planning",
    "http": "reaches out from the portal's machine, already while planning",
    "terraform_remote_state": "reads the state, and with it the secrets, of other environments",
}
_PARTS = {
    "provisioner": "runs a program on the portal's machine",
    "connection": "reaches out from the portal's machine",
    "backend": "decides where the state lies; the portal does that",
    "cloud": "decides where the state lies; the portal does that",
}
_READS_FILES = re.compile(r"(?:file\w*|templatefile)")
_FILE_IN_TEMPLATE = re.compile(r"\b(?:file\w*|templatefile)\s*\(")
_OWN_FILE = re.compile(r"(?:\$\{path\.(?:module|root)\}/|\./)[^$%]*")


def in_any(slug: str, found: configuration.Configuration) -> Iterator[Mistake]:
    """What cannot work in any blueprint: a module outside its folder, of which a run gets a copy alone."""
    for file, block in _modules(found):
        source = str(block.attributes["source"].value)
        if _is_local(source) and _leaves(file, source):
            yield Mistake(
                slug, file, block.line, f"module source {source!r} lies outside the blueprint's folder"
            )


def in_untrusted(slug: str, folder: Path, found: configuration.Configuration) -> Iterator[Mistake]:
    """What only a trusted folder may contain: constructs that run code, reach out or read the machine."""
    for file, document in found.documents.items():
        for line, message in _constructs(document):
            yield Mistake(slug, file, line, message)
    for file, block in _modules(found):
        source = str(block.attributes["source"].value)
        if not _is_local(source):
            yield Mistake(
                slug, file, block.line, f"module source {source!r} is remote; only ./ folders are allowed"
            )
    for provider in found.providers:
        if provider.source not in ALLOWED_PROVIDERS:
            allowed = ", ".join(sorted(ALLOWED_PROVIDERS))
            message = f"provider {provider.source!r} is not allowed. Allowed are {allowed}"
            yield Mistake(slug, provider.file, provider.line, message)
    for path in sorted(folder.rglob("*")):
        if path.is_symlink():
            yield Mistake(slug, path.relative_to(folder).as_posix(), None, "symbolic links are not allowed")


def _constructs(document: hcl.Document) -> Iterator[tuple[int, str]]:
    for block in document.walk():
        if block.kind in _PARTS:
            label = f' "{block.labels[0]}"' if block.labels else ""
            yield block.line, f"{block.kind}{label} is not allowed: it {_PARTS[block.kind]}"
        elif block.kind == "data" and block.labels and block.labels[0] in _DATA:
            yield block.line, f'data "{block.labels[0]}" is not allowed: it {_DATA[block.labels[0]]}'
    for call in document.calls:
        own = (
            isinstance(call.argument, str)
            and _OWN_FILE.fullmatch(call.argument)
            and ".." not in call.argument
        )
        if _READS_FILES.fullmatch(call.name) and not own:
            yield call.line, f'{call.name}() may only read "${{path.module}}/...", written out, without ".."'
    for line, text in document.heredocs:
        if _FILE_IN_TEMPLATE.search(text):
            yield line, "a file function inside a heredoc is not allowed; use templatefile()"


def _modules(found: configuration.Configuration) -> Iterator[tuple[str, hcl.Block]]:
    for file, document in found.documents.items():
        for block in document.blocks:
            if block.kind == "module" and "source" in block.attributes:
                yield file, block


def _is_local(source: str) -> bool:
    return source.startswith(("./", "../"))


def _leaves(file: str, source: str) -> bool:
    return posixpath.normpath(posixpath.join(posixpath.dirname(file), source)).startswith("..")
