"""What this portal offers: the blueprints of the configured folders."""

from django.conf import settings

from provisioner import blueprints


def offered() -> blueprints.Catalogue:
    """The catalogue as the folders are now; cheap while no file changes."""
    return blueprints.load(settings.BLUEPRINT_FOLDERS, trusted_folders=settings.TRUSTED_BLUEPRINT_FOLDERS)


def blueprint(slug: str) -> blueprints.Blueprint | None:
    """The blueprint of this slug, if it is offered and sound."""
    return blueprints.load_one(
        slug, settings.BLUEPRINT_FOLDERS, trusted_folders=settings.TRUSTED_BLUEPRINT_FOLDERS
    )
