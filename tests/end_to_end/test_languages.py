"""Every page in a pseudo-locale: no text that does not go through translation, and none that does not fit.

A text that was not translated is plain ASCII; a translated one has other letters and is 40 % longer. What is
data, such as a name, a log line or an audit entry, is marked `translate="no"` or known here by name.
"""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.support import demo_process, pseudo_locale, translated_copy

QUICK = Path(__file__).parent / "blueprints"
WIDTHS = (1280, 390)
RUN_SECONDS = 60_000  # ms
# Letters that the pseudo-locale replaces. A word without any of them looks the same in both.
REPLACED = set("aAcCdDeEgGhHiIjJkKlLnNoOrRsStTuUwWyYzZ")
# Names of the demo's people, teams, account and region; units; this blueprint's answers.
DATA = frozenset(
    {
        *("alice", "Alice", "oscar", "Oscar", "ada", "Ada", "audrey", "Audrey", "bob", "Bob"),
        *("mallory", "Mallory", "Shop", "Lab", "Simulated", "AWS", "ap", "northeast"),
        *("GiB", "min", "USD", "UTC", "GMT", "hello", "shop", "dev", "GET", "POST"),
        *("terraform", "data"),
    }
)
COLLECT = """() => {
  const data = "code, pre, kbd, samp, time, script, style, noscript, textarea, [translate=no]";
  const found = [["title", document.title]];
  const place = (e) => `${e.tagName.toLowerCase()}.${(e.getAttribute("class") ?? "").split(" ")[0]}`;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const { parentElement, textContent } = walker.currentNode;
    if (textContent.trim() && !parentElement.closest(data)) found.push([place(parentElement), textContent]);
  }
  for (const e of document.body.querySelectorAll("*")) {
    for (const name of ["title", "aria-label", "placeholder", "alt"]) {
      const text = e.getAttribute(name);
      if (text && !e.closest(data)) found.push([`${place(e)}[${name}]`, text]);
    }
  }
  return found;
}"""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[demo_process.Demo]:
    folder = tmp_path_factory.mktemp("languages")
    # Names that look the same in every language: of the blueprint, and of its resources.
    shutil.copytree(QUICK / "quick", folder / "bmp")
    text = (folder / "bmp" / "main.tf").read_text()
    for number, name in enumerate(("first", "middle", "last")):
        text = text.replace(f'"{name}"', f'"p{number}"').replace(
            f"terraform_data.{name}", f"terraform_data.p{number}"
        )
    (folder / "bmp" / "main.tf").write_text(text)
    root = translated_copy.make(folder, more_blueprints={"bmp": folder / "bmp"})
    settings = {
        "BLUEPRINT_DIRS": str(root / translated_copy.MORE),
        "BLUEPRINTS_TRUSTED": "1",
        "LANGUAGES": pseudo_locale.LANGUAGE,
        "LOCALE_DIRS": str(folder / "locale"),
    }
    with demo_process.running(folder / "var", root, **settings) as running:
        yield running


@pytest.fixture(scope="module")
def signed_in(chromium: Browser, demo: demo_process.Demo) -> Iterator[Page]:
    page = chromium.new_context().new_page()
    page.set_default_timeout(15_000)
    sign_in(page, demo, "alice")
    yield page
    page.context.close()


def sign_in(page: Page, demo: demo_process.Demo, name: str) -> None:
    page.context.clear_cookies()
    page.goto(f"{demo.url}/sign-in/")
    page.locator("input[name=username]").fill(name)
    page.locator("input[name=password]").fill(demo_process.PASSWORD)
    page.locator("main button[type=submit]").click()
    page.wait_for_url(f"{demo.url}/")


def untranslated(page: Page) -> list[str]:
    """Every text of the page, hidden ones too, with a word in plain English."""
    return [
        f"{place}: {' '.join(text.split())[:100]!r}"
        for place, text in page.evaluate(COLLECT)
        if any(_is_plain(word) for word in re.findall(r"[^\W_]+", text))
    ]


def too_wide(page: Page) -> list[str]:
    """The widths at which the page has to be scrolled sideways."""
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        scrolled = page.evaluate("document.documentElement.scrollWidth")
        if scrolled > width:
            found.append(f"{scrolled} px wide at {width} px")
    return found


def _is_plain(word: str) -> bool:
    is_english = word.isascii() and len(word) > 1 and not any(letter.isdigit() for letter in word)
    return is_english and word not in DATA and not REPLACED.isdisjoint(word)


def check(page: Page) -> None:
    page.wait_for_load_state("load")
    found = untranslated(page) + too_wide(page)
    assert not found, "\n".join(found)


def test_a_planted_text_is_found(signed_in: Page, demo: demo_process.Demo) -> None:
    signed_in.goto(f"{demo.url}/runs/")
    plant = "document.querySelector('main').insertAdjacentHTML('beforeend', '<p>Not translated</p>')"
    signed_in.evaluate(plant)

    assert untranslated(signed_in) == ["p.: 'Not translated'"]


def test_the_sign_in_page_with_an_error(chromium: Browser, demo: demo_process.Demo) -> None:
    page = chromium.new_page()
    page.goto(f"{demo.url}/sign-in/")
    page.locator("input[name=username]").fill("alice")
    page.locator("input[name=password]").fill("wrong")
    page.locator("main button[type=submit]").click()

    check(page)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/?q=zzz",
        "/catalogue/",
        "/order/three_tier/",
        "/order/static_site/",
        "/order/bmp/",
        "/runs/",
        "/runs/?q=zzz",
        "/explanations/",
        "/profile/",
        "/nothing-here/",
        "/audit/",
        "/profile/password/",
    ],
)
def test_a_page(signed_in: Page, demo: demo_process.Demo, path: str) -> None:
    signed_in.goto(f"{demo.url}{path}")

    check(signed_in)


def test_an_order_with_errors(signed_in: Page, demo: demo_process.Demo) -> None:
    signed_in.goto(f"{demo.url}/order/three_tier/")
    signed_in.locator("input[name=name]").fill("!")
    signed_in.locator("[name=input-vpc_cidr]").fill("8.8.8.0/24")
    signed_in.locator("form[data-order] button[type=submit]").last.click()
    signed_in.locator("[aria-invalid=true]").first.wait_for()

    check(signed_in)


class TestEnvironment:
    @pytest.fixture(scope="class")
    def run(self, signed_in: Page, demo: demo_process.Demo) -> str:
        """The address of a run, from its order to its end."""
        signed_in.goto(f"{demo.url}/order/bmp/")
        signed_in.locator("input[name=name]").fill("vmx")
        signed_in.locator("input[name=name]").press("Enter")
        signed_in.wait_for_url(re.compile("/runs/"))
        signed_in.locator(".resource-address").first.wait_for()
        check(signed_in)
        signed_in.locator("[data-connection][data-name=complete]").wait_for(timeout=RUN_SECONDS)
        return signed_in.url

    @pytest.fixture(scope="class")
    def environment(self, run: str, signed_in: Page) -> str:
        signed_in.goto(run)
        path = signed_in.locator("nav.crumbs a").last.get_attribute("href")
        assert path
        return path

    @pytest.mark.parametrize("tab", ["resources", "plan", "outputs", "details", "log"])
    def test_has_a_run_page(self, signed_in: Page, run: str, tab: str) -> None:
        signed_in.goto(f"{run.partition('?')[0]}?tab={tab}")
        signed_in.locator("[data-connection][data-name=complete]").wait_for(timeout=RUN_SECONDS)

        check(signed_in)

    @pytest.mark.parametrize("page", ["", "?tab=resources", "?tab=state", "?tab=runs", "change/", "destroy/"])
    def test_has_pages(self, signed_in: Page, demo: demo_process.Demo, environment: str, page: str) -> None:
        signed_in.goto(f"{demo.url}{environment}{page}")

        check(signed_in)

    @pytest.mark.parametrize("path", ["/", "/runs/"])
    def test_is_in_the_lists(
        self, signed_in: Page, demo: demo_process.Demo, environment: str, path: str
    ) -> None:
        signed_in.goto(f"{demo.url}{path}")

        check(signed_in)

    def test_is_in_the_audit_trail(self, chromium: Browser, demo: demo_process.Demo, run: str) -> None:
        page = chromium.new_context().new_page()
        sign_in(page, demo, "ada")
        page.goto(f"{demo.url}/audit/")

        check(page)
        page.goto(f"{demo.url}/audit/chain/")
        check(page)


def test_a_run_that_a_person_stops(signed_in: Page, demo: demo_process.Demo) -> None:
    signed_in.goto(f"{demo.url}/order/bmp/")
    signed_in.locator("input[name=name]").fill("mvp")
    signed_in.locator("[name=input-seconds]").fill("30")
    signed_in.locator("form[data-order] button[type=submit]").last.click()
    signed_in.wait_for_url(re.compile("/runs/"))
    # The buttons are rendered again when the status changes.
    signed_in.locator("tr[data-state=running]").first.wait_for(timeout=RUN_SECONDS)
    signed_in.locator("[data-opens=cancel-run]").first.click()
    check(signed_in)
    signed_in.locator("dialog[open] button[type=submit]").click()
    signed_in.locator("[data-connection][data-name=complete]").wait_for(timeout=RUN_SECONDS)
    signed_in.reload()
    signed_in.locator("[data-connection][data-name=complete]").wait_for(timeout=RUN_SECONDS)

    check(signed_in)
