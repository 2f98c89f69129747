"""Terraform and its providers on this host: where they are, and what is missing."""

from pathlib import Path

from django.conf import settings

from provisioner import catalogue
from provisioner.sentences import SentenceError
from provisioner.terraform import binary, mirror

LOCK_FILE = ".terraform.lock.hcl"


class ToolMissing(SentenceError):
    """Terraform or the configured provider mirror is missing. The message says how to get it."""


def terraform() -> Path:
    """The path of a Terraform that is new enough. Raises ToolMissing."""
    try:
        found = binary.find(configured=settings.TERRAFORM_BINARY or None)
        binary.version(found)
    except binary.TerraformMissing as missing:
        raise ToolMissing(*missing.sentences) from missing
    return found


def provider_mirror() -> Path | None:
    """The folder with the providers; None if they come from the network. Raises ToolMissing."""
    try:
        return mirror.find(configured=settings.TERRAFORM_PLUGIN_MIRROR or None)
    except mirror.MirrorEmpty as empty:
        raise ToolMissing(*empty.sentences) from empty


def cli_config() -> Path:
    """Terraform's CLI configuration for this host, written again. Raises ToolMissing."""
    path = Path(settings.VAR_DIR) / "terraform.rc"
    mirror.write_cli_config(path, mirror=provider_mirror())
    return path


def find_trouble() -> str:
    """What keeps runs from starting here, in a sentence; empty if nothing does."""
    try:
        terraform()
        return _lacking(provider_mirror())
    except ToolMissing as missing:
        return str(missing)


def _lacking(folder: Path | None) -> str:
    """The first locked provider that the mirror has only in other versions."""
    if folder is None:
        return ""
    for blueprint in catalogue.offered().blueprints.values():
        for name, version in mirror.missing_versions(folder, lock_file=blueprint.path / LOCK_FILE).items():
            return (
                f"The provider mirror at {folder} has {name}, but not {version}, which {blueprint.slug} "
                f"needs. Get it with: terraform -chdir={blueprint.path} providers mirror {folder}"
            )
    return ""
