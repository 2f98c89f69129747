"""The catalog of this portal: the blueprints of the configured folders."""

from functools import lru_cache

from django.conf import settings
from django.utils.translation import get_language

from provisioner import blueprints


def offered() -> blueprints.Catalogue:
    """The catalog as the folders are now; cheap while no file changes."""
    return blueprints.load(settings.BLUEPRINT_FOLDERS, trusted_folders=settings.TRUSTED_BLUEPRINT_FOLDERS)


def shown(found: blueprints.Blueprint) -> blueprints.Blueprint:
    """The blueprint with its texts in the active language, for a person who reads them now."""
    return _in_language(_Same(found), get_language() or settings.LANGUAGE_CODE)


class _Same:
    """A blueprint as a key of a cache: the same object, not an equal one."""

    def __init__(self, blueprint: blueprints.Blueprint) -> None:
        self.blueprint = blueprint

    def __hash__(self) -> int:
        return id(self.blueprint)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.blueprint is self.blueprint


@lru_cache(maxsize=256)
def _in_language(found: _Same, language: str) -> blueprints.Blueprint:
    return blueprints.in_language(found.blueprint, language)


def blueprint(slug: str) -> blueprints.Blueprint | None:
    """The blueprint with this slug, if it is in the catalog and valid."""
    return blueprints.load_one(
        slug, settings.BLUEPRINT_FOLDERS, trusted_folders=settings.TRUSTED_BLUEPRINT_FOLDERS
    )
