"""The private directory of one run: the blueprint's copy, the order as data, the backend's settings."""

import json
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from provisioner.terraform import lock, temporary

_MARKER = "prepared"
_LEAVING_SECONDS = 0.5
# A run has its own state and plans. Values come only from the order, and later `*.auto.tfvars` would win.
_LEFT_OUT = re.compile(
    r"\.terraform|\.git|__pycache__|tests|.*\.tftest\.(hcl|json)|.*\.tfstate(\..*)?|\.terraform\.tfstate.*"
    r"|.*\.tfplan|terraform\.tfvars(\.json)?|.*\.auto\.tfvars(\.json)?"
)


class NotEnoughSpace(Exception):
    """There is less free space for the workspace than a run needs."""


class BlueprintUnsafe(Exception):
    """The blueprint's folder contains a path out of the workspace."""


class WorkspaceInUse(Exception):
    """A process that the run started is still alive."""


@dataclass(frozen=True)
class Contents:
    """What to build: the blueprint's folder, its variables' values, the arguments of the S3 backend.

    `backend` None keeps the state in the workspace, for tests. `provider_override` is the content of a
    Terraform JSON file that overrides the blueprint's provider block, for accounts with their own endpoint.
    """

    blueprint: Path
    variables: Mapping[str, Any]
    backend: Mapping[str, Any] | None = None
    provider_override: Mapping[str, Any] | None = None


def prepare(path: Path, *, contents: Contents, required_free_bytes: int = 0) -> None:
    """Create the workspace, readable by its owner only. A finished one is kept, an incomplete one created
    again.

    Raises NotEnoughSpace, BlueprintUnsafe, WorkspaceInUse.
    """
    if (path / _MARKER).exists():
        return
    if (free := free_bytes(path)) < required_free_bytes:
        raise NotEnoughSpace(
            f"only {free >> 20} MiB are free at {path}; a run needs {required_free_bytes >> 20} MiB"
        )
    remove(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    for folder in (path, path / "home"):
        folder.mkdir(mode=0o700)
    _copy(contents.blueprint.resolve(strict=True), path / "module", inside=contents.blueprint.resolve())
    for name, content in _files(contents).items():
        _write(path / "module" / name, json.dumps(content, allow_nan=False, ensure_ascii=False).encode())
    _write(path / _MARKER, b"")


def remove(path: Path) -> None:
    """Delete the workspace, including the plan and private values. No error if it does not exist.

    Raises WorkspaceInUse while a process of the run is alive.
    """
    if not path.exists():
        return
    if not lock.wait_until_free(path, seconds=_LEAVING_SECONDS):
        raise WorkspaceInUse(f"{path} is in use by {lock.holder_pids(path)}")
    temporary.remove(path)
    # Otherwise an interrupted removal would leave a part that looks complete.
    (path / _MARKER).unlink(missing_ok=True)
    shutil.rmtree(path)


def free_bytes(path: Path) -> int:
    """Free bytes for this user on the file system of `path`, which need not exist yet."""
    place = next(folder for folder in (path.absolute(), *path.absolute().parents) if folder.exists())
    return shutil.disk_usage(place).free


def _files(contents: Contents) -> dict[str, Mapping[str, Any]]:
    # JSON, never HCL: in JSON ${...} stays text. No value is ever an argument.
    files: dict[str, Mapping[str, Any]] = {"portal.auto.tfvars.json": contents.variables}
    if contents.backend is not None:
        files["backend_override.tf.json"] = {"terraform": {"backend": {"s3": contents.backend}}}
    if contents.provider_override is not None:
        files["provider_override.tf.json"] = contents.provider_override
    return files


def _copy(source: Path, target: Path, *, inside: Path) -> None:
    target.mkdir(mode=0o700)
    for entry in sorted(source.iterdir()):
        if _LEFT_OUT.fullmatch(entry.name):
            continue
        if entry.is_symlink():
            _copy_link(entry, target / entry.name, inside=inside)
        elif entry.is_dir():
            _copy(entry, target / entry.name, inside=inside)
        elif entry.is_file():
            _write(target / entry.name, entry.read_bytes(), mode=entry.stat().st_mode & 0o100 | 0o600)
        else:
            raise BlueprintUnsafe(f"{entry} is neither a file nor a folder")


def _copy_link(entry: Path, target: Path, *, inside: Path) -> None:
    points_to = entry.readlink()
    if points_to.is_absolute() or not entry.resolve().is_relative_to(inside):
        raise BlueprintUnsafe(f"{entry} is a link that leads out of the blueprint, to {points_to}")
    target.symlink_to(points_to)


def _write(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
