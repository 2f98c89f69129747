"""Each explained error is caused and explained on the run page: live, and after a reload."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from provisioner import explanations
from tests.end_to_end.explained_errors import INJECTIONS
from tests.end_to_end.programs import Portal
from tests.support import browser, demo_process

RUN_SECONDS = 120_000  # ms
COMPLETE = re.compile(r"complete", re.IGNORECASE)
# An error of AWS, one of the state bucket, and one of Terraform.
IN_EVERY_CHECK = ("elastic-ip-limit", "bucket-gone", "refused-by-the-blueprint")
EVERY_ENTRY = [
    pytest.param(entry.id, marks=() if entry.id in IN_EVERY_CHECK else pytest.mark.slow_explanation)
    for entry in explanations.ENTRIES
]


@pytest.fixture(scope="module")
def portal(demo: demo_process.Demo) -> Portal:
    return Portal(demo)


@pytest.fixture(autouse=True)
def _reset_lab(portal: Portal) -> Iterator[None]:
    yield
    portal.change_lab("faults", method="DELETE")
    portal.change_lab("targets", method="DELETE")
    portal.change_lab("latency", {"scale": 0}, method="PUT")


def watch_until_complete(page: Page, portal: Portal, run_id: str) -> None:
    page.goto(f"{portal.url}/runs/{run_id}/")
    expect(page.locator("[data-connection-word]")).to_have_text(COMPLETE, timeout=RUN_SECONDS)


def test_every_explained_error_can_be_caused() -> None:
    assert sorted(INJECTIONS) == sorted(entry.id for entry in explanations.ENTRIES)


@pytest.mark.parametrize("entry_id", EVERY_ENTRY)
def test_an_error_is_explained_live_and_after_a_reload(
    portal: Portal, page: Page, tmp_path: Path, entry_id: str
) -> None:
    name = f"x-{entry_id}"[:28].rstrip("-")
    with INJECTIONS[entry_id](portal, name, tmp_path) as (where, run_id):
        browser.sign_in(page, where.url, "alice")

        page.goto(f"{where.url}/runs/{run_id}/")

        box = page.locator(f"[data-explanation={entry_id}]")
        expect(box).to_be_visible(timeout=RUN_SECONDS)
        expect(box.get_by_role("heading", name="What to do")).to_be_visible()
        page.wait_for_selector(
            "[data-connection-word]:text-matches('complete|Live', 'i')", timeout=RUN_SECONDS
        )
        page.set_viewport_size({"width": 360, "height": 800})
        page.reload()
        expect(box).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") == 360
        assert where.run(run_id)["explanation"]["id"] == entry_id


def test_a_destroy_lists_what_is_left_in_the_account(portal: Portal, page: Page) -> None:
    browser.sign_in(page, portal.url, "alice")
    ordered, first = portal.order("parts", "swept", {"make": "role"})
    watch_until_complete(page, portal, first)
    ec2 = portal.client("ec2")
    stray = ec2.allocate_address(Domain="vpc")["AllocationId"]
    ec2.create_tags(Resources=[stray], Tags=[{"Key": "EnvironmentId", "Value": ordered["id"]}])

    run_id = portal.destroy(ordered)
    watch_until_complete(page, portal, run_id)

    notice = page.locator("[data-sweep=left]")
    expect(notice).to_contain_text("1 resource left in the account")
    expect(notice).to_contain_text(stray)
    expect(notice).to_contain_text("0.12")
    assert portal.run(run_id)["sweep"]["usd_a_day"] == pytest.approx(0.12)
