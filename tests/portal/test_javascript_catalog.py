from pathlib import Path

import pytest
from django.test import Client
from django.utils import translation
from pytest_django import Settings

from portal import javascript_catalog
from tests.support import pseudo_locale


def test_is_open_to_everybody_and_may_be_kept(client: Client) -> None:
    response = client.get("/jsi18n/")

    assert response.status_code == 200
    assert "gettext" in response.content.decode()
    assert response["Cache-Control"] == "private, max-age=86400"


@pytest.mark.django_db
def test_its_address_is_on_every_page_and_changes_with_the_catalog(
    client: Client, settings: Settings, tmp_path: Path
) -> None:
    page = client.get("/sign-in/").content.decode()
    assert f'<script src="{javascript_catalog.address()}"></script>' in page

    settings.LOCALE_PATHS = [tmp_path]
    catalog = tmp_path / pseudo_locale.LOCALE / "LC_MESSAGES" / "djangojs.mo"
    catalog.parent.mkdir(parents=True)
    catalog.write_bytes(b"one")
    with translation.override(pseudo_locale.LANGUAGE):
        javascript_catalog._version.cache_clear()
        before = javascript_catalog.address()
        catalog.write_bytes(b"two")
        javascript_catalog._version.cache_clear()

        assert javascript_catalog.address() != before
    javascript_catalog._version.cache_clear()
