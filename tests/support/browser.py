"""A Chromium for tests and screenshots: the system's own, driven by Playwright."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, sync_playwright

from tests.support.demo_process import PASSWORD

ARGUMENTS = ("--no-sandbox", "--disable-background-networking")


def program() -> str:
    """Its path; an AssertionError says how to get one."""
    found = shutil.which("chromium") or shutil.which("google-chrome")
    assert found, "Chromium is missing: `make test` installs it, or install your system's chromium package"
    return found


@contextmanager
def chromium(*arguments: str) -> Iterator[Browser]:
    """A headless Chromium with these further arguments."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program(), args=[*ARGUMENTS, *arguments])
        yield browser
        browser.close()


def sign_in(page: Page, url: str, name: str) -> None:
    """Sign a demo account in; the page is then the list of environments."""
    page.goto(f"{url}/sign-in/")
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{url}/")
