"""The pictures in the README, from a real demo that builds a real three-tier environment.

python -m tests.end_to_end.screenshots [--to FOLDER] [--all]

--all: every page, wide and narrow, light and dark
"""

import argparse
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.support import browser, demo_process

BUILD_SECONDS = 400
BUSY_RESOURCES = 52  # finished then; the database and the load balancer are still being created


@dataclass(frozen=True)
class Look:
    """Size and color scheme of a picture."""

    name: str
    width: int
    height: int
    scheme: str


WIDE_LIGHT = Look("wide-light", 1440, 900, "light")
WIDE_DARK = Look("wide-dark", 1440, 900, "dark")
EVERY = (
    WIDE_LIGHT,
    WIDE_DARK,
    Look("narrow-light", 390, 844, "light"),
    Look("narrow-dark", 390, 844, "dark"),
)
# page name -> its look in the README
IN_README = {
    "catalogue": WIDE_DARK,
    "environment": WIDE_LIGHT,
    "order": WIDE_LIGHT,
    "run": WIDE_DARK,
    "audit": WIDE_LIGHT,
}


def main() -> int:
    options = _arguments()
    options.to.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="pictures-") as folder,
        browser.chromium() as chromium,
        demo_process.running(Path(folder) / "var", FIRST="1") as demo,
    ):
        for path in _tour(chromium, demo, options):
            sys.stdout.write(f"{path}\n")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--to", type=Path, default=demo_process.ROOT / "docs" / "pictures")
    parser.add_argument("--all", action="store_true")
    return parser.parse_args()


def _tour(chromium: Browser, demo: demo_process.Demo, options: argparse.Namespace) -> Iterator[Path]:
    with _signed_in(chromium, demo, "alice") as page:
        page.goto(f"{demo.url}/runs/")
        run = page.locator("main a[href^='/runs/']").first.get_attribute("href") or ""
        page.goto(demo.url + run)
        _wait_until_busy(page)
        yield from _shoot(page, "run", options)
        for name, path in {
            "catalogue": "/catalogue/",
            "order": "/order/three_tier/",
            "environments": "/",
        }.items():
            page.goto(demo.url + path)
            yield from _shoot(page, name, options)
        page.goto(demo.url + run)
        complete = page.locator("[data-connection-word]", has_text=re.compile("complete", re.IGNORECASE))
        complete.wait_for(timeout=BUILD_SECONDS * 1000)
        yield from _shoot(page, "run-complete", options)
        page.goto(demo.url)
        page.get_by_role("link", name="first", exact=True).click()
        yield from _shoot(page, "environment", options)
    with _signed_in(chromium, demo, "ada") as page:
        page.goto(f"{demo.url}/audit/")
        yield from _shoot(page, "audit", options)
        page.context.clear_cookies()
        page.goto(f"{demo.url}/sign-in/")
        yield from _shoot(page, "sign-in", options)


def _signed_in(chromium: Browser, demo: demo_process.Demo, name: str) -> Page:
    page = chromium.new_context(device_scale_factor=1).new_page()
    browser.sign_in(page, demo.url, name)
    return page


def _wait_until_busy(page: Page) -> None:
    done = "Number(document.querySelector('[data-bar]').getAttribute('aria-valuenow'))"
    page.wait_for_function(f"() => {done} > {BUSY_RESOURCES}", timeout=BUILD_SECONDS * 1000)


def _shoot(page: Page, name: str, options: argparse.Namespace) -> Iterator[Path]:
    for look in EVERY if options.all else (IN_README.get(name),):
        if look is None:
            continue
        page.set_viewport_size({"width": look.width, "height": look.height})
        page.emulate_media(color_scheme="dark" if look.scheme == "dark" else "light")
        page.wait_for_load_state("load")
        path = options.to / (f"{name}-{look.name}.png" if options.all else f"{name}.png")
        # A change of the scheme starts transitions of all colors.
        page.screenshot(path=path, animations="disabled")
        yield path


if __name__ == "__main__":
    sys.exit(main())
