"""The system's Chromium, controlled by Playwright, for tests and screenshots."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, sync_playwright

from tests.support.demo_process import PASSWORD

ARGUMENTS = ("--no-sandbox", "--disable-background-networking")


def program() -> str:
    """The path of Chromium. An AssertionError says how to install it."""
    found = shutil.which("chromium") or shutil.which("google-chrome")
    assert found, "Chromium is missing: `make test` installs it, or install your system's chromium package"
    return found


@contextmanager
def chromium(*arguments: str) -> Iterator[Browser]:
    """A headless Chromium with these additional arguments."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program(), args=[*ARGUMENTS, *arguments])
        yield browser
        browser.close()


def sign_in(page: Page, url: str, name: str) -> None:
    """Sign in as a person of the demo; the page is then the list of environments."""
    page.goto(f"{url}/sign-in/")
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{url}/")
