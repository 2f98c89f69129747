"""The catalog: every folder of blueprints, read again only if a file has changed."""

from __future__ import annotations

import hashlib
import os
import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from provisioner import sentences
from provisioner.blueprints import configuration, description, forbidden, translations
from provisioner.blueprints.definitions import Blueprint, Catalogue, Mistake

# (path, modification time in ns, size, inode) of each file: what must be equal for "unchanged".
_Fingerprint = tuple[tuple[str, int, int, int], ...]
_SLUG = re.compile(r"[a-z][a-z0-9_-]{0,62}")


@dataclass(frozen=True)
class _Reading:
    fingerprint: _Fingerprint
    blueprint: Blueprint | None
    mistakes: tuple[Mistake, ...]


_readings: dict[tuple[Path, bool], _Reading] = {}
_catalogues: dict[tuple[tuple[Path, bool, _Fingerprint], ...], Catalogue] = {}
_one_at_a_time = threading.Lock()


def load(folders: Sequence[Path], *, trusted_folders: Sequence[Path] = ()) -> Catalogue:
    """Every blueprint in `folders`, and what is wrong with those that cannot be offered.

    Each direct subfolder with a blueprint.toml is one (or the folder itself, if it has one). Those in
    `trusted_folders` may contain everything that Terraform can do. Cheap if nothing has changed: it then
    returns the same object. Never raises for the contents of the folders.
    """
    trusted = {root.absolute() for root in trusted_folders}
    found = [
        (path, root.absolute() in trusted, _fingerprint(path))
        for root in folders
        for path in _candidates(root)
    ]
    missing = tuple(root for root in folders if not root.is_dir())
    key = (*found, *((root, False, ()) for root in missing))
    with _one_at_a_time:
        if (known := _catalogues.get(key)) is None:
            readings = [_reading(path, stats, trusted=trusted) for path, trusted, stats in found]
            _catalogues.clear()
            known = _catalogues[key] = _catalogue(readings, missing)
        return known


def load_one(slug: str, folders: Sequence[Path], *, trusted_folders: Sequence[Path] = ()) -> Blueprint | None:
    """The blueprint that `load` would offer under this name, without reading other folders. None if there is
    none.
    """
    trusted = {root.absolute() for root in trusted_folders}
    with _one_at_a_time:
        for root in folders:
            for path in _candidates(root):
                if path.name == slug:
                    found = _reading(path, _fingerprint(path), trusted=root.absolute() in trusted).blueprint
                    if found is not None:
                        return found
    return None


def _candidates(root: Path) -> Iterator[Path]:
    if (root / description.FILE).is_file():
        yield root
        return
    try:
        entries = sorted(os.scandir(root), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if entry.name.startswith((".", "__")) or not entry.is_dir():
            continue
        path = Path(entry.path)
        if (path / description.FILE).is_file() or any(path.glob("*.tf")):
            yield path


def _fingerprint(path: Path) -> _Fingerprint:
    try:
        return tuple(sorted(_stats(os.fspath(path))))
    except OSError:
        # A file was deleted meanwhile, or cannot be read: reading the folder reports which.
        return ()


def _stats(folder: str) -> Iterator[tuple[str, int, int, int]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if not entry.name.startswith((".", "__")):
                    yield from _stats(entry.path)
            elif not entry.name.startswith(".") or entry.name == ".terraform.lock.hcl":
                stat = entry.stat(follow_symlinks=False)
                yield entry.path, stat.st_mtime_ns, stat.st_size, stat.st_ino


def _reading(path: Path, fingerprint: _Fingerprint, *, trusted: bool) -> _Reading:
    known = _readings.get((path, trusted))
    if known is None or known.fingerprint != fingerprint:
        blueprint, mistakes = _read(path, trusted=trusted, files=[each[0] for each in fingerprint])
        known = _Reading(fingerprint, None if mistakes else blueprint, tuple(mistakes))
        _readings[path, trusted] = known
    return known


def _read(path: Path, *, trusted: bool, files: Sequence[str]) -> tuple[Blueprint | None, list[Mistake]]:
    slug = path.name
    if not _SLUG.fullmatch(slug):
        message = (
            f"{slug!r} is not a valid name of a blueprint: use lower-case letters, digits, _ and -, "
            "and start with a letter"
        )
        return None, [Mistake(slug, path.name, None, message)]
    try:
        text = (path / description.FILE).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        message = 'this file is missing. Its shortest form is one line: title = "What people order"'
        return None, [Mistake(slug, description.FILE, None, message)]
    except (OSError, UnicodeDecodeError) as error:
        return None, [Mistake(slug, description.FILE, None, f"this file cannot be read: {error}")]
    try:
        digest = _digest(path, files)
    except OSError as error:
        name = Path(str(error.filename)).name
        return None, [Mistake(slug, name, None, f"this file cannot be read: {error.strerror}")]
    names = [Path(file).relative_to(path).as_posix() for file in files]
    found, mistakes = configuration.read(slug=slug, folder=path, files=names)
    if not trusted:
        mistakes += forbidden.in_untrusted(slug, path, found)
    mistakes += forbidden.in_any(slug, found)
    # Mistakes are for the blueprint's author, and cached for everybody: they are English.
    with sentences.in_english():
        blueprint, more = description.read(
            slug=slug, folder=path, text=text, found=found, digest=digest, trusted=trusted
        )
        texts, wrong = translations.read(path, blueprint)
    blueprint = replace(blueprint, translations=texts)
    return blueprint, mistakes + more + wrong


def _digest(path: Path, files: Sequence[str]) -> str:
    whole = hashlib.sha256()
    for file in files:
        one = hashlib.sha256(Path(file).read_bytes()).hexdigest()
        whole.update(f"{Path(file).relative_to(path).as_posix()}\0{one}\n".encode())
    return whole.hexdigest()


def _catalogue(readings: Sequence[_Reading], missing: Sequence[Path]) -> Catalogue:
    blueprints: dict[str, Blueprint] = {}
    mistakes = [Mistake("", str(root), None, "this folder of blueprints does not exist") for root in missing]
    for reading in readings:
        mistakes += reading.mistakes
        if (blueprint := reading.blueprint) is None:
            continue
        if (first := blueprints.get(blueprint.slug)) is not None:
            message = f"{blueprint.path} and {first.path} have the same name; the second is offered"
            mistakes.append(Mistake(blueprint.slug, description.FILE, None, message))
        else:
            blueprints[blueprint.slug] = blueprint
    return Catalogue(blueprints, tuple(mistakes))
