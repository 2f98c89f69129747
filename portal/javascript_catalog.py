"""The texts of the JavaScript in the reader's language, by Django's JavaScript catalog."""

from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.urls import reverse
from django.utils.translation import get_language, to_locale
from django.views.decorators.cache import cache_control
from django.views.i18n import JavaScriptCatalog

_DAY_SECONDS = 86_400

# The address changes with the language and with the content, so a browser may keep the answer. The language
# itself comes from the request, as on every page: `private`, because a shared cache does not know it.
catalog = login_not_required(cache_control(private=True, max_age=_DAY_SECONDS)(JavaScriptCatalog.as_view()))


def address() -> str:
    """The catalog's address for the active language."""
    language = get_language() or settings.LANGUAGE_CODE
    return f"{reverse('javascript-catalog')}?{language}-{_version(language)}"


@lru_cache
def _version(language: str) -> str:
    digest = sha256()
    for folder in settings.LOCALE_PATHS:
        path = Path(folder) / to_locale(language) / "LC_MESSAGES" / "djangojs.mo"
        digest.update(path.read_bytes() if path.is_file() else b"")
    return digest.hexdigest()[:12]
