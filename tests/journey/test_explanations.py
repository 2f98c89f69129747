"""Each explained error, brought about for real, is explained on the run page: live, and after a reload."""

import json
import re
import urllib.request
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from playwright.sync_api import Page, expect

from provisioner import explanations
from tests import browser, demo_process
from tests.journey.explained_errors import INJECTIONS, Injection, switch_all_off, switch_on

RUN_SECONDS = 120_000  # ms
COMPLETE = re.compile(r"complete", re.IGNORECASE)
# One of AWS's answers, one of the state's store, one of Terraform's own.
IN_EVERY_CHECK = ("elastic-ip-limit", "lock-held", "refused-by-the-blueprint")
EVERY_ENTRY = [
    pytest.param(entry.id, marks=() if entry.id in IN_EVERY_CHECK else pytest.mark.slow_explanation)
    for entry in explanations.ENTRIES
]


class Portal:
    """The demo as alice's program uses it."""

    def __init__(self, demo: demo_process.Demo) -> None:
        self.url = demo.url
        self.aws = demo.described()["aws_endpoint"]
        self._token = demo.manage("token", "alice").stdout.strip()

    def order(self, injection: Injection, name: str) -> dict[str, Any]:
        """The environment ordered under this name."""
        body = {"blueprint": injection.blueprint, "name": name, "inputs": injection.inputs}
        return self._ask("POST", "environments/", body)

    def destroy(self, environment_id: str) -> dict[str, Any]:
        """The run that destroys it."""
        return self._ask("DELETE", f"environments/{environment_id}/", None)

    def run(self, run_id: str) -> dict[str, Any]:
        return self._ask("GET", f"runs/{run_id}/", None)

    def _ask(self, method: str, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
        request = urllib.request.Request(  # noqa: S310 - the demo's own loopback server
            f"{self.url}/api/v1/{path}",
            method=method,
            data=json.dumps(body).encode() if body else None,
            headers={"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            found: dict[str, Any] = json.load(answer)
        return found


@pytest.fixture(scope="module")
def portal(demo: demo_process.Demo) -> Portal:
    return Portal(demo)


@pytest.fixture(autouse=True)
def _faults_end_with_the_test(portal: Portal) -> Iterator[None]:
    yield
    switch_all_off(portal.aws)


def watch_to_the_end(page: Page, portal: Portal, run_id: str) -> None:
    page.goto(f"{portal.url}/runs/{run_id}/")
    expect(page.locator("[data-connection-word]")).to_have_text(COMPLETE, timeout=RUN_SECONDS)


def test_every_explained_error_has_its_way_to_be_brought_about() -> None:
    assert sorted(INJECTIONS) == sorted(entry.id for entry in explanations.ENTRIES)


@pytest.mark.parametrize("entry_id", EVERY_ENTRY)
def test_an_error_is_explained_as_it_happens_and_afterwards(
    portal: Portal, page: Page, entry_id: str
) -> None:
    injection, name = INJECTIONS[entry_id], f"x-{entry_id}"[:28].rstrip("-")
    browser.sign_in(page, portal.url, "alice")
    run_id = _failing(portal, page, injection, name)

    page.goto(f"{portal.url}/runs/{run_id}/")

    box = page.locator(f"[data-explanation={entry_id}]")
    expect(box).to_be_visible(timeout=RUN_SECONDS)
    expect(box.get_by_role("heading", name="What to do")).to_be_visible()
    page.wait_for_selector("[data-connection-word]:text-matches('complete|Live', 'i')", timeout=RUN_SECONDS)
    page.set_viewport_size({"width": 360, "height": 800})
    page.reload()
    expect(box).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert portal.run(run_id)["explanation"]["id"] == entry_id


def _failing(portal: Portal, page: Page, injection: Injection, name: str) -> str:
    if injection.fault and not injection.is_at_destroy:
        switch_on(portal.aws, injection.fault)
    ordered = portal.order(injection, name)
    if not injection.is_at_destroy:
        return str(ordered["latest_run"]["id"])
    watch_to_the_end(page, portal, ordered["latest_run"]["id"])
    assert injection.fault
    switch_on(portal.aws, injection.fault)
    return str(portal.destroy(ordered["id"])["id"])


def test_a_destroy_is_followed_by_a_look_around_that_finds_what_was_left(portal: Portal, page: Page) -> None:
    browser.sign_in(page, portal.url, "alice")
    ordered = portal.order(Injection(inputs={"make": "role"}), "swept")
    watch_to_the_end(page, portal, ordered["latest_run"]["id"])
    session = boto3.Session("test", "test", region_name="ap-northeast-2")
    ec2 = session.client("ec2", endpoint_url=portal.aws)
    stray = ec2.allocate_address(Domain="vpc")["AllocationId"]
    ec2.create_tags(Resources=[stray], Tags=[{"Key": "EnvironmentId", "Value": ordered["id"]}])

    run = portal.destroy(ordered["id"])
    watch_to_the_end(page, portal, run["id"])

    notice = page.locator("[data-sweep=left]")
    expect(notice).to_contain_text("1 thing left in the account")
    expect(notice).to_contain_text(stray)
    expect(notice).to_contain_text("0.12")
    assert portal.run(run["id"])["sweep"]["usd_a_day"] == pytest.approx(0.12)
