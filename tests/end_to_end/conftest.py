"""One demo for all browser tests, and a Chromium."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.support import browser, demo_process

QUICK_BLUEPRINT = Path(__file__).parent / "blueprints"


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[demo_process.Demo]:
    var_dir = tmp_path_factory.mktemp("journey") / "var"
    settings = {"BLUEPRINT_DIRS": str(QUICK_BLUEPRINT), "BLUEPRINTS_TRUSTED": "1"}
    with demo_process.running(var_dir, **settings) as running:
        yield running


# Per module: Playwright keeps an event loop running in this thread, and asynchronous tests come later.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser.chromium() as found:
        yield found


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(15_000)
    yield page
    context.close()
