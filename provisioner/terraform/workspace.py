"""The private directory of one run: the blueprint's copy, the values of the order, the backend's settings."""

import json
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from provisioner.sentences import SentenceError, sentence
from provisioner.terraform import lock, temporary

_MARKER = "prepared"
_LEAVING_SECONDS = 0.5
# A run has its own state and plans. Values come only from the order; another `*.auto.tfvars` could replace
# them.
_LEFT_OUT = re.compile(
    r"\.terraform|\.git|__pycache__|tests|.*\.tftest\.(hcl|json)|.*\.tfstate(\..*)?|\.terraform\.tfstate.*"
    r"|.*\.tfplan|terraform\.tfvars(\.json)?|.*\.auto\.tfvars(\.json)?"
)


class NotEnoughSpace(SentenceError):
    """The workspace's disk has less free space than a run needs."""


class BlueprintUnsafe(SentenceError):
    """The blueprint's folder has something that leads out of the workspace."""


class WorkspaceInUse(SentenceError):
    """A process of the run is still alive."""


@dataclass(frozen=True)
class Contents:
    """What a workspace holds: the blueprint's folder, the values of its variables, the S3 backend's settings.

    Without a `backend` the state stays in the workspace, for tests. `provider_override` is the content of a
    Terraform JSON file that overrides the blueprint's provider block, for accounts with their own endpoint.
    """

    blueprint: Path
    variables: Mapping[str, object]
    backend: Mapping[str, object] | None = None
    provider_override: Mapping[str, object] | None = None


def prepare(path: Path, *, contents: Contents, required_free_bytes: int = 0) -> None:
    """Create the workspace, accessible only to its owner. Keep a complete one, and recreate an incomplete
    one.

    Raises NotEnoughSpace, BlueprintUnsafe, WorkspaceInUse.
    """
    if (path / _MARKER).exists():
        return
    if (free := free_bytes(path)) < required_free_bytes:
        raise NotEnoughSpace(
            sentence(
                "Only %(free)s MiB are free at %(folder)s; a run needs %(required)s MiB.",
                free=free >> 20,
                folder=str(path),
                required=required_free_bytes >> 20,
            )
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
    """Delete the workspace with its plan and temporary files. Does nothing if there is none.

    Raises WorkspaceInUse while a process of the run is alive.
    """
    if not path.exists():
        return
    if not lock.wait_until_free(path, seconds=_LEAVING_SECONDS):
        raise WorkspaceInUse(lock.in_use(path))
    temporary.remove(path)
    # Otherwise an interrupted removal would leave an incomplete workspace that looks complete.
    (path / _MARKER).unlink(missing_ok=True)
    shutil.rmtree(path)


def free_bytes(path: Path) -> int:
    """Bytes that this user can still write on the file system of `path`, which need not exist yet."""
    existing = next(folder for folder in (path.absolute(), *path.absolute().parents) if folder.exists())
    return shutil.disk_usage(existing).free


def _files(contents: Contents) -> dict[str, Mapping[str, object]]:
    # A *.tfvars.json file, not HCL or arguments: in it ${...} stays plain text.
    files: dict[str, Mapping[str, object]] = {"portal.auto.tfvars.json": contents.variables}
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
            raise BlueprintUnsafe(
                sentence("%(path)s in the blueprint is neither a file nor a folder.", path=str(entry))
            )


def _copy_link(entry: Path, target: Path, *, inside: Path) -> None:
    points_to = entry.readlink()
    if points_to.is_absolute() or not entry.resolve().is_relative_to(inside):
        raise BlueprintUnsafe(
            sentence(
                "The link %(path)s leads out of the blueprint, to %(target)s.",
                path=str(entry),
                target=str(points_to),
            )
        )
    target.symlink_to(points_to)


def _write(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
