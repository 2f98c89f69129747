"""Providers from a folder on this host instead of the network.

Source of the layouts and folders: Terraform's CLI configuration, "Implied Local Mirror Directories" and
"filesystem_mirror" (unpacked `<version>/<os>_<arch>/`, or packed zip files).
"""

import json
import os
import platform
import re
from collections.abc import Iterator
from pathlib import Path

from provisioner.sentences import SentenceError, sentence

_HOSTS = ("registry.terraform.io", "registry.opentofu.org")
_PACKED = re.compile(r"terraform-provider-[^_]+_(?P<version>[^_]+)_(?P<platform>[a-z0-9]+_[a-z0-9]+)\.zip")
_LOCKED = re.compile(r'^provider "([^"]+)" \{\s*version\s*=\s*"([^"]+)"', re.MULTILINE)
_MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}


class MirrorEmpty(SentenceError):
    """The configured mirror is not a folder of providers."""


def find(*, configured: str | None) -> Path | None:
    """The folder above `registry.terraform.io/`. None if there is none: then providers come from the network.

    The setting comes first, then Terraform's implied folders, then each add-on package's folder below /opt.
    Raises MirrorEmpty if the setting names a folder without providers.
    """
    if configured:
        if not _is_mirror(Path(configured)):
            raise MirrorEmpty(
                sentence(
                    "The provider mirror cannot be used: %(folder)s has no folder %(host)s.",
                    folder=configured,
                    host=_HOSTS[0],
                ),
                sentence("Set TERRAFORM_PLUGIN_MIRROR to the folder that contains it."),
            )
        return Path(configured).absolute()
    return next((folder for folder in _candidates() if _is_mirror(folder)), None)


def _candidates() -> Iterator[Path]:
    home = Path.home()
    yield home / ".terraform.d/plugins"
    data_home = os.environ.get("XDG_DATA_HOME") or home / ".local/share"
    data_folders = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    for folder in (data_home, *data_folders.split(":")):
        yield Path(folder) / "terraform/plugins"
    add_ons = Path("/opt")
    if add_ons.is_dir():
        yield from sorted(child for child in add_ons.iterdir() if child.is_dir())


def _is_mirror(folder: Path) -> bool:
    return any((folder / host).is_dir() for host in _HOSTS)


def provider_versions(mirror: Path) -> dict[str, list[str]]:
    """The mirror's providers for this platform, with their versions, oldest first: {"hashicorp/aws":
    ["5.100.0"]}.
    """
    found: dict[str, set[str]] = {}
    for folder in _provider_folders(mirror):
        if versions := set(_versions(folder)):
            found.setdefault(f"{folder.parent.name}/{folder.name}", set()).update(versions)
    return {name: sorted(versions, key=_order) for name, versions in sorted(found.items())}


def missing_versions(mirror: Path, *, lock_file: Path) -> dict[str, str]:
    """Providers that the mirror has, but not in the locked version: {"hashicorp/aws": "5.100.0"}.

    `init` would fail for them. A provider that the mirror does not have at all comes from the network.
    """
    available = provider_versions(mirror)
    return {
        name: version
        for name, version in _locked(lock_file).items()
        if name in available and version not in available[name]
    }


def _locked(lock_file: Path) -> dict[str, str]:
    text = lock_file.read_text() if lock_file.is_file() else ""
    return {"/".join(source.split("/")[-2:]): version for source, version in _LOCKED.findall(text)}


def _provider_folders(mirror: Path) -> list[Path]:
    return sorted(folder for host in _HOSTS for folder in (mirror / host).glob("*/*") if folder.is_dir())


def _versions(folder: Path) -> Iterator[str]:
    wanted = _platform()
    for entry in folder.iterdir():
        packed = _PACKED.fullmatch(entry.name)
        if packed and packed["platform"] == wanted:
            yield packed["version"]
        elif (entry / wanted).is_dir():
            yield entry.name


def _platform() -> str:
    machine = platform.machine().lower()
    return f"{platform.system().lower()}_{_MACHINES.get(machine, machine)}"


def _order(version: str) -> tuple[list[int], str]:
    return [int(number) for number in re.findall(r"\d+", version)], version


def write_cli_config(path: Path, *, mirror: Path | None) -> None:
    """Write Terraform's CLI configuration: the mirror's providers from the mirror, all others from the
    network.
    """
    lines = ["disable_checkpoint = true"]
    folders = [folder for folder in _provider_folders(mirror) if any(_versions(folder))] if mirror else []
    if mirror and folders:
        mirrored = json.dumps([str(folder.relative_to(mirror)) for folder in folders])
        lines += [
            "provider_installation {",
            "  filesystem_mirror {",
            f"    path    = {json.dumps(str(mirror), ensure_ascii=False)}",
            f"    include = {mirrored}",
            "  }",
            "  direct {",
            f"    exclude = {mirrored}",
            "  }",
            "}",
        ]
    path.parent.mkdir(parents=True, exist_ok=True)
    # Renamed into place: runs that start at the same time read a complete file, old or new.
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    draft.write_text("\n".join(lines) + "\n")
    draft.replace(path)
