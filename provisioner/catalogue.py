"""The catalog of this portal: the blueprints of the configured folders."""

from django.conf import settings

from provisioner import blueprints


def offered() -> blueprints.Catalogue:
    """The catalog as the folders are now; cheap while no file changes."""
    return blueprints.load(settings.BLUEPRINT_FOLDERS, trusted_folders=settings.TRUSTED_BLUEPRINT_FOLDERS)


def blueprint(slug: str) -> blueprints.Blueprint | None:
    """The blueprint with this slug, if it is in the catalog and valid."""
    return blueprints.load_one(
        slug, settings.BLUEPRINT_FOLDERS, trusted_folders=settings.TRUSTED_BLUEPRINT_FOLDERS
    )
