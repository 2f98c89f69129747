"""Terraform and its providers on this host: where they are, and a sentence when something is missing."""

from pathlib import Path

from django.conf import settings

from provisioner import catalogue
from provisioner.terraform import binary, mirror

LOCK_FILE = ".terraform.lock.hcl"


class ToolMissing(Exception):
    """Terraform or the configured mirror of providers is not there; the message says how to get it."""


def terraform() -> Path:
    """The Terraform program, new enough. Raises ToolMissing."""
    try:
        found = binary.find(configured=settings.TERRAFORM_BINARY or None)
        binary.version(found)
    except binary.TerraformMissing as missing:
        raise ToolMissing(str(missing)) from missing
    return found


def provider_mirror() -> Path | None:
    """The folder that providers come from; None when they come from the network. Raises ToolMissing."""
    try:
        return mirror.find(configured=settings.TERRAFORM_PLUGIN_MIRROR or None)
    except mirror.MirrorEmpty as empty:
        raise ToolMissing(f"The mirror of providers is not usable: {empty}.") from empty


def cli_config() -> Path:
    """Terraform's CLI configuration of this host, written anew. Raises ToolMissing."""
    path = Path(settings.VAR_DIR) / "terraform.rc"
    mirror.write_cli_config(path, mirror=provider_mirror())
    return path


def find_trouble() -> str:
    """What keeps runs from starting here, in a sentence; empty when nothing does."""
    try:
        terraform()
        return _lacking(provider_mirror())
    except ToolMissing as missing:
        return str(missing)


def _lacking(folder: Path | None) -> str:
    """The first locked provider that the mirror has in other versions only."""
    if folder is None:
        return ""
    for blueprint in catalogue.offered().blueprints.values():
        for name, version in mirror.missing_versions(folder, lock_file=blueprint.path / LOCK_FILE).items():
            return (
                f"The mirror of providers at {folder} has {name}, but not {version}, which "
                f"{blueprint.slug} needs. Get it: terraform -chdir={blueprint.path} providers mirror {folder}"
            )
    return ""
