"""One demo for all journeys, and a Chromium."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests import demo_process

QUICK_BLUEPRINT = Path(__file__).parent / "blueprints"


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[demo_process.Demo]:
    var_dir = tmp_path_factory.mktemp("journey") / "var"
    settings = {"BLUEPRINT_DIRS": str(QUICK_BLUEPRINT), "BLUEPRINTS_TRUSTED": "1"}
    with demo_process.running(var_dir, **settings) as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    # Playwright's synchronous side keeps an event loop in this thread; Django's guard takes that for a mistake.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    found = shutil.which("chromium") or shutil.which("google-chrome")
    assert found, "Chromium is missing: `make test` installs it, or install your system's chromium package"
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-background-networking"]
        with playwright.chromium.launch(executable_path=found, args=arguments) as chromium:
            yield chromium


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(15_000)
    yield page
    context.close()
