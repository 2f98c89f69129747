"""The laboratory's page in a real browser."""

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
    """An account that nobody else changes meanwhile."""
    with server.running(tmp_path_factory.mktemp("own"), "--snapshot-seconds", "3600") as ours:
        yield ours


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser.chromium() as found:
        yield found


@pytest.fixture
def page(chromium: Browser, own: Account) -> Iterator[Page]:
    """The page, loaded. What it complains about fails the test."""
    page, troubles = chromium.new_page(), list[str]()
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("console", lambda said: troubles.append(said.text) if said.type == "error" else None)
    page.goto(f"{own.url}/_lab/")
    expect(page.get_by_text("kept on disk")).to_be_visible()
    yield page
    page.close()
    assert troubles == []


class TestLabPage:
    def test_switches_a_fault_on_shows_that_it_struck_and_switches_it_off(
        self, page: Page, own: Account
    ) -> None:
        page.get_by_placeholder("Find:").fill("elastic address")
        fault = page.locator(".fault", has_text="No Elastic IP address left")
        page.get_by_role("switch", name="No Elastic IP address left").check()
        expect(fault).to_contain_text("not struck yet")

        with pytest.raises(ClientError, match="AddressLimitExceeded"):
            own.client("ec2").allocate_address(Domain="vpc")

        expect(fault).to_contain_text("struck 1")
        expect(page.locator(".fault:visible")).to_have_count(1)
        page.get_by_role("switch", name="No Elastic IP address left").uncheck()
        expect(fault).not_to_contain_text("struck")
        assert own.lab("faults")["faults"] == []

    def test_sets_the_time_scale_and_shows_what_is_under_way(self, page: Page, own: Account) -> None:
        page.get_by_label("As AWS").check()
        wait_for(lambda: own.lab("latency")["scale"] == 1)

        create_database(own, "shown")

        expect(page.locator("#under-way")).to_contain_text("Database")
        expect(page.locator("#tiles li", has_text="Database")).to_contain_text("1 creating")
        page.get_by_label("At once").check()
        expect(page.locator("#tiles li", has_text="Database")).not_to_contain_text("creating")

    def test_makes_targets_unhealthy_gives_consoles_a_text_and_takes_all_back(
        self, page: Page, own: Account
    ) -> None:
        target_group = create_target_group(own)
        [instance] = instance_ids(own, create_group(own, TargetGroupARNs=[target_group]))

        page.locator("#finding [name=reason]").select_option("Target.Timeout")
        page.locator("#finding button").click()
        page.locator("#console [name=script]").select_option("package-missing")
        page.locator("#console button").click()
        expect(page.locator("#findings")).to_contain_text("All targets: Request timed out")
        expect(page.locator("#consoles")).to_contain_text("USERDATA_FAIL stage=packages")
        sick = health(own, target_group)
        console = own.client("ec2").get_console_output(InstanceId=instance)["Output"]
        page.get_by_role("button", name="Switch everything off").click()
        expect(page.locator("#findings li")).to_have_count(0)

        assert sick == {instance: "unhealthy"}
        assert "Unable to find a match" in console
        assert health(own, target_group) == {instance: "healthy"}

    def test_takes_a_fault_of_ones_own_and_shows_it_as_text(self, page: Page, own: Account) -> None:
        page.get_by_text("One of your own").click()
        for name, value in (
            ("service", "ec2"),
            ("action", "CreateVpc"),
            ("code", "X"),
            ("message", "<b>no</b>"),
        ):
            page.locator(f"#own [name={name}]").fill(value)
        page.get_by_role("button", name="Switch it on").click()

        own_fault = page.locator(".fault", has_text="ec2 CreateVpc: <b>no</b>")
        expect(own_fault).to_be_visible()
        # A plain click: what it switches off is gone before it could be seen to be off.
        own_fault.get_by_role("switch").click()
        expect(own_fault).to_have_count(0)

    def test_fits_a_phone(self, page: Page) -> None:
        page.set_viewport_size({"width": 360, "height": 740})

        assert page.evaluate("document.documentElement.scrollWidth") == 360
