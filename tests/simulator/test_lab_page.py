"""The lab's page in a real browser."""

from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError
from playwright.sync_api import Browser, Page, expect

from tests.simulator import server
from tests.simulator.databases import create_database
from tests.simulator.groups import create_group, instance_ids
from tests.simulator.server import Account, wait_for
from tests.simulator.target_groups import create_target_group, health
from tests.support import browser


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """An account that no other test changes."""
    with server.running(tmp_path_factory.mktemp("own"), "--snapshot-seconds", "3600") as ours:
        yield ours


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser.chromium() as found:
        yield found


@pytest.fixture
def page(chromium: Browser, own: Account) -> Iterator[Page]:
    """The loaded page. A JavaScript error or a console error fails the test."""
    page, errors = chromium.new_page(), list[str]()
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(f"{own.url}/_lab/")
    expect(page.get_by_text("saved on disk")).to_be_visible()
    yield page
    page.close()
    assert errors == []


class TestLabPage:
    def test_switches_a_fault_on_shows_its_hits_and_switches_it_off(self, page: Page, own: Account) -> None:
        page.get_by_placeholder("Search:").fill("elastic address")
        fault = page.locator(".fault", has_text="Elastic IP address limit reached")
        page.get_by_role("switch", name="Elastic IP address limit reached").check()
        expect(fault).to_contain_text("no hits yet")

        with pytest.raises(ClientError, match="AddressLimitExceeded"):
            own.client("ec2").allocate_address(Domain="vpc")

        expect(fault).to_contain_text("1 hit")
        expect(page.locator(".fault:visible")).to_have_count(1)
        page.get_by_role("switch", name="Elastic IP address limit reached").uncheck()
        expect(fault).not_to_contain_text("hit")
        assert own.get_lab("faults")["faults"] == []

    def test_sets_the_time_scale_and_shows_scheduled_changes(self, page: Page, own: Account) -> None:
        page.get_by_label("AWS", exact=True).check()
        wait_for(lambda: own.get_lab("latency")["scale"] == 1)

        create_database(own, "shown")

        expect(page.locator("#pending")).to_contain_text("Database")
        expect(page.locator("#tiles li", has_text="Database")).to_contain_text("creating")
        page.get_by_label("Instant").check()
        expect(page.locator("#tiles li", has_text="Database")).not_to_contain_text("creating")

    def test_sets_target_health_and_console_output_and_removes_both(self, page: Page, own: Account) -> None:
        target_group = create_target_group(own)
        [instance] = instance_ids(own, create_group(own, TargetGroupARNs=[target_group]))

        page.locator("#health-form [name=reason]").select_option("Target.Timeout")
        page.locator("#health-form button").click()
        page.locator("#console-form [name=script]").select_option("package-missing")
        page.locator("#console-form button").click()
        expect(page.locator("#health-overrides")).to_contain_text("All targets: Request timed out")
        expect(page.locator("#consoles")).to_contain_text("USERDATA_FAIL stage=packages")
        unhealthy = health(own, target_group)
        console = own.client("ec2").get_console_output(InstanceId=instance)["Output"]
        page.get_by_role("button", name="Remove all faults and settings").click()
        expect(page.locator("#health-overrides li")).to_have_count(0)

        assert unhealthy == {instance: "unhealthy"}
        assert "Unable to find a match" in console
        assert health(own, target_group) == {instance: "healthy"}

    def test_accepts_a_custom_fault_and_shows_it_as_text(self, page: Page, own: Account) -> None:
        page.get_by_text("Custom fault").click()
        for name, value in (
            ("service", "ec2"),
            ("action", "CreateVpc"),
            ("code", "X"),
            ("message", "<b>no</b>"),
        ):
            page.locator(f"#custom [name={name}]").fill(value)
        page.get_by_role("button", name="Switch on").click()

        custom_fault = page.locator(".fault", has_text="ec2 CreateVpc: <b>no</b>")
        expect(custom_fault).to_be_visible()
        # click() instead of uncheck(): the switch disappears before its state could be checked.
        custom_fault.get_by_role("switch").click()
        expect(custom_fault).to_have_count(0)

    def test_fits_a_phone(self, page: Page) -> None:
        page.set_viewport_size({"width": 360, "height": 740})

        assert page.evaluate("document.documentElement.scrollWidth") == 360
