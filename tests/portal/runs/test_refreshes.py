"""The buttons in a real browser while the run changes faster than the server answers."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.contrib.staticfiles import finders
from django.test import Client
from playwright.sync_api import Page, Route

from portal.accounts.models import User
from provisioner.models import Run
from provisioner.run_status import RunStatus
from tests.support import browser, stage

PORTAL = "http://portal.test"
CHANGED = "document.body.dispatchEvent(new CustomEvent('run-changed'))"


@dataclass
class RecordedPortal:
    """Answers from memory: the run page, then its fragments; the first fragment only after `release`."""

    page: str
    fragments: list[str]
    held: list[Route] = field(default_factory=list)

    def answer(self, route: Route) -> None:
        path = urlsplit(route.request.url).path
        if path.endswith("/actions/"):
            self._refresh(route)
        elif path.startswith("/static/"):
            route.fulfill(path=str(finders.find(path.removeprefix("/static/"))))
        elif path == "/":
            route.fulfill(body=self.page, content_type="text/html")
        else:
            route.fulfill(status=404)

    def release(self) -> None:
        self.held.pop().fulfill(body=self.fragments.pop(0), content_type="text/html")

    def _refresh(self, route: Route) -> None:
        self.held.append(route)
        if len(self.fragments) == 1:
            self.release()


def recorded(client: Client, person: User, run: Run) -> RecordedPortal:
    """The run while it is applied, and after it has failed."""
    client.force_login(person)
    address = f"/runs/{run.pk}/"
    page, before = client.get(address), client.get(f"{address}actions/")
    stage.move(run, RunStatus.FAILED)
    after = client.get(f"{address}actions/")
    return RecordedPortal(page.content.decode(), [before.content.decode(), after.content.decode()])


def changes_twice_during_one_answer(page: Page, portal: RecordedPortal) -> None:
    page.route("**/*", portal.answer)
    page.goto(PORTAL)
    with page.expect_request("**/actions/"):
        page.evaluate(CHANGED)
    page.evaluate(CHANGED)
    with page.expect_response("**/actions/"):
        portal.release()


def test_a_change_during_a_refresh_is_not_lost(client: Client, alice: User, applying_run: Run) -> None:
    portal = recorded(client, alice, applying_run)

    with browser.chromium() as chromium:
        page = chromium.new_page()
        changes_twice_during_one_answer(page, portal)
        page.locator("#run-status", has_text="Failed").wait_for(timeout=5000)

        assert page.get_by_role("button", name="Cancel run").count() == 0
        assert portal.fragments == []
