"""The main task in a real browser: order, watch, change, destroy, and the audit trail."""

import hashlib
import re
import sqlite3

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.end_to_end import stored
from tests.support import browser, demo_process

WORD = "[data-connection-word]"
COMPLETE = re.compile(r"complete", re.IGNORECASE)
RUN_SECONDS = 90_000  # ms
expect.set_options(timeout=30_000)


class TestEnvironmentFromOrderToDestroy:
    @pytest.fixture(scope="class")
    def name(self) -> str:
        return "journey"

    def test_is_ordered_and_shown_live_until_it_is_ready(
        self, demo: demo_process.Demo, page: Page, name: str
    ) -> None:
        browser.sign_in(page, demo.url, "alice")
        page.goto(f"{demo.url}/order/quick/")
        page.get_by_label("Name", exact=True).fill(name)
        page.get_by_label("Greeting").fill("good morning")
        page.get_by_label("Greeting").press("Enter")
        page.wait_for_url(re.compile("/runs/"))

        expect(page.get_by_text("terraform_data").first).to_be_visible()
        page.wait_for_selector("text=working 2", timeout=RUN_SECONDS)
        page.reload()

        expect(page.locator(WORD)).to_have_text(COMPLETE, timeout=RUN_SECONDS)
        expect(page.locator("h1 ~ *").first).to_contain_text("Applied")
        transcript = hashlib.sha256(stored.transcript(page)).hexdigest()
        assert transcript == stored.sha256(demo, stored.run_of(page))

    def test_has_a_log_that_is_filtered_by_a_click_on_a_resource(
        self, demo: demo_process.Demo, page: Page, name: str
    ) -> None:
        _open_its_run(page, demo, name)
        search = page.get_by_label("Search the log")
        page.get_by_role("tab", name="Resources").click()

        page.get_by_role("button", name="State", exact=True).click()
        expect(search).to_have_value("")
        page.locator(".resource-address").first.click()

        expect(search).to_have_value(re.compile("^@resource:terraform_data"))

    def test_has_a_run_page_whose_tabs_are_visible_on_a_phone(
        self, demo: demo_process.Demo, page: Page, name: str
    ) -> None:
        page.set_viewport_size({"width": 360, "height": 800})
        _open_its_run(page, demo, name)

        expect(page.get_by_role("tab", name="Log")).to_be_in_viewport(ratio=1)
        assert page.evaluate("document.documentElement.scrollWidth") == 360

    def test_has_a_log_whose_times_can_be_hidden(
        self, demo: demo_process.Demo, page: Page, name: str
    ) -> None:
        _open_its_run(page, demo, name)
        line = page.locator(".log-row", has_text="Applied.").last
        expect(line.locator(".log-time")).to_have_count(1)

        for _ in range(2):
            page.locator("[data-log-times]").click()

        expect(line.locator(".log-time")).to_have_count(0)
        assert re.fullmatch(r"\d+\s*Applied\.", line.inner_text())

    def test_has_a_log_in_which_a_link_shows_a_line_despite_the_filter(
        self, demo: demo_process.Demo, page: Page, name: str
    ) -> None:
        _open_its_run(page, demo, name)
        seq = page.locator(".log-row", has_text="Applied.").last.get_attribute("data-seq")

        page.goto(f"{page.url.partition('?')[0].partition('#')[0]}?level=error#L{seq}")

        expect(page.locator(".log-row.is-linked")).to_contain_text("Applied.")

    def test_shows_its_outputs(self, demo: demo_process.Demo, page: Page, name: str) -> None:
        browser.sign_in(page, demo.url, "bob")

        page.get_by_role("link", name=name, exact=True).click()

        expect(page.get_by_text("Ready", exact=True).first).to_be_visible()
        expect(page.get_by_text("good morning").first).to_be_visible()

    def test_is_not_visible_to_another_team(self, demo: demo_process.Demo, page: Page, name: str) -> None:
        address = _address(demo, name)
        browser.sign_in(page, demo.url, "mallory")

        answer = page.goto(demo.url + address)

        assert answer
        assert answer.status == 404
        expect(page.get_by_text(name, exact=True)).to_have_count(0)

    def test_has_a_change_form_that_shows_the_previous_values(
        self, demo: demo_process.Demo, page: Page, name: str
    ) -> None:
        browser.sign_in(page, demo.url, "alice")
        page.goto(f"{demo.url}{_address(demo, name)}change/")

        page.get_by_label("Aloud").check()
        page.get_by_label("Seconds").fill("6")

        expect(page.locator("[data-changed=input-manner]")).to_have_text("was Calmly")
        expect(page.locator("[data-changed=input-seconds]")).to_have_text("was 4 s")

    def test_has_a_change_form_that_shows_no_effect_of_an_invalid_value(
        self, demo: demo_process.Demo, page: Page, name: str
    ) -> None:
        browser.sign_in(page, demo.url, "alice")
        page.goto(f"{demo.url}{_address(demo, name)}change/")
        effect = page.locator("[data-effect-of=input-seconds]")

        page.get_by_label("Seconds").fill("3")
        expect(effect).to_contain_text("It is cut short.")
        page.get_by_label("Seconds").fill("-1")

        expect(page.locator("#error-input-seconds")).to_contain_text("between 0 and 60")
        expect(effect).to_be_hidden()

    def test_has_a_change_form_that_shows_effects_of_smaller_values_only_for_them(
        self, demo: demo_process.Demo, page: Page, name: str
    ) -> None:
        browser.sign_in(page, demo.url, "alice")
        page.goto(f"{demo.url}{_address(demo, name)}change/")
        manner, seconds = (page.locator(f"[data-effect-of=input-{each}]") for each in ("manner", "seconds"))

        page.get_by_label("Silently").check()
        page.get_by_label("Seconds").fill("3")
        expect(manner).to_be_visible()
        expect(seconds).to_be_visible()
        page.get_by_label("Aloud").check()
        page.get_by_label("Seconds").fill("10")

        expect(manner).to_be_hidden()
        expect(seconds).to_be_hidden()

    def test_has_a_change_form_that_keeps_its_errors_after_it_was_sent(
        self, demo: demo_process.Demo, page: Page, name: str
    ) -> None:
        browser.sign_in(page, demo.url, "alice")
        page.goto(f"{demo.url}{_address(demo, name)}change/")
        # As after a step back in the browser: the form has the key of the order.
        key = page.locator("form[data-order] [name=idempotency_key]")
        key.evaluate("(field, used) => (field.value = used)", _key_of_its_order(demo, name))

        page.get_by_role("button", name="Plan the change").click()
        page.wait_for_load_state("networkidle")

        expect(page.locator("#form-errors")).to_contain_text("This form was already sent")

    def test_is_unchanged_by_a_second_plan(self, demo: demo_process.Demo, page: Page, name: str) -> None:
        browser.sign_in(page, demo.url, "alice")

        page.goto(f"{demo.url}{_address(demo, name)}change/")
        page.locator("main form").get_by_role("button", name=re.compile("plan|change", re.IGNORECASE)).click()
        page.wait_for_url(re.compile("/runs/"))

        expect(page.locator(WORD)).to_have_text(COMPLETE, timeout=RUN_SECONDS)
        expect(page.locator("h1 ~ *").first).to_contain_text("No changes")

    def test_is_destroyed_only_when_its_name_is_typed(
        self, demo: demo_process.Demo, page: Page, name: str
    ) -> None:
        browser.sign_in(page, demo.url, "alice")
        page.goto(f"{demo.url}{_address(demo, name)}destroy/")

        page.get_by_label(re.compile("Type")).fill("journee")
        expect(page.get_by_role("button", name=f"Destroy {name}")).to_be_disabled()
        page.get_by_label(re.compile("Type")).fill(name)
        page.get_by_role("button", name=f"Destroy {name}").click()
        page.wait_for_url(re.compile("/runs/"))

        expect(page.locator(WORD)).to_have_text(COMPLETE, timeout=RUN_SECONDS)
        expect(page.locator("h1 ~ *").first).to_contain_text("Applied")

    def test_is_in_the_audit_trail_from_order_to_destroy(
        self, demo: demo_process.Demo, page: Page, name: str
    ) -> None:
        browser.sign_in(page, demo.url, "audrey")
        page.goto(f"{demo.url}/audit/?object={name}")

        actions = set(page.locator(".entry-action").all_inner_texts())

        wanted = {"environment.order", "run.planned", "run.approved", "run.applied", "environment.destroy"}
        assert wanted <= actions
        assert "complete" in demo.manage("audit", "verify").stdout


class TestForm:
    def test_shows_errors_at_their_fields_and_keeps_the_values(
        self, demo: demo_process.Demo, page: Page
    ) -> None:
        browser.sign_in(page, demo.url, "alice")
        page.goto(f"{demo.url}/order/quick/")
        page.get_by_label("Name", exact=True).fill("Not A Name")
        page.get_by_label("Greeting").fill("kept as typed")
        page.get_by_label("Network").fill("10.0.0.1/20")

        page.get_by_role("button", name="Order the environment").click()

        expect(page.locator("#error-name")).to_contain_text("lower-case")
        expect(page.locator("[data-field$=network] .field-error")).to_contain_text("10.0.0.0/20")
        expect(page.get_by_label("Greeting")).to_have_value("kept as typed")

    def test_shows_an_invalid_name_during_typing(self, demo: demo_process.Demo, page: Page) -> None:
        browser.sign_in(page, demo.url, "alice")
        page.goto(f"{demo.url}/order/quick/")

        page.get_by_label("Name", exact=True).press_sequentially("UPPER", delay=20)
        page.get_by_label("Greeting").focus()

        expect(page.locator("#error-name")).to_contain_text("lower-case")

    def test_keeps_the_error_of_a_missing_name(self, demo: demo_process.Demo, page: Page) -> None:
        browser.sign_in(page, demo.url, "alice")
        page.goto(f"{demo.url}/order/quick/")

        page.get_by_role("button", name="Order the environment").click()
        expect(page.locator("#form-errors")).to_contain_text("Nothing has been ordered.")
        with page.expect_response(re.compile("/check/$")):
            page.get_by_label("Greeting").fill("hello again")
        page.wait_for_load_state("networkidle")

        expect(page.locator("#error-name")).to_contain_text("A name has 2 to 32 characters.")

    def test_does_not_treat_an_invalid_date_as_empty(self, demo: demo_process.Demo, page: Page) -> None:
        browser.sign_in(page, demo.url, "alice")
        page.goto(f"{demo.url}/order/three_tier/")
        reported = page.locator("#error-input-expires_on")
        page.get_by_label("Expires on").focus()
        page.keyboard.type("02302027")

        page.get_by_label("Name", exact=True).focus()
        expect(reported).to_contain_text("Enter a date, such as")
        page.get_by_label("Name", exact=True).fill("leap")
        page.get_by_role("button", name="Order the environment").click()
        page.wait_for_load_state("networkidle")

        expect(reported).to_contain_text("Enter a date, such as")
        expect(page).to_have_url(re.compile("/order/three_tier/$"))
        assert page.get_by_label("Expires on").evaluate("(field) => field.validity.badInput")

    def test_without_javascript_does_not_treat_an_invalid_date_as_empty(
        self, demo: demo_process.Demo, chromium: Browser
    ) -> None:
        context = chromium.new_context(java_script_enabled=False)
        page = context.new_page()
        browser.sign_in(page, demo.url, "alice")
        page.goto(f"{demo.url}/order/three_tier/")
        sent: list[str] = []
        page.on("request", lambda request: sent.append(request.method))
        day, order = page.get_by_label("Expires on"), page.get_by_role("button", name="Order the environment")

        day.focus()
        page.keyboard.type("02302027")
        order.click()
        expect(day).to_be_focused()
        was_held_back = "POST" not in sent
        day.clear()
        order.click()

        # The server reports the other errors.
        expect(page.locator("#error-name")).to_contain_text("A name has 2 to 32 characters.")
        assert (was_held_back, "POST" in sent) == (True, True)
        context.close()

    def test_that_is_too_long_is_not_shown_as_an_offline_portal(
        self, demo: demo_process.Demo, page: Page
    ) -> None:
        browser.sign_in(page, demo.url, "alice")
        page.goto(f"{demo.url}/order/quick/")

        answered = page.evaluate("""() => new Promise((resolve) => {
            const look = ({ detail }) =>
                resolve([detail.xhr.status, document.documentElement.classList.contains("is-offline")]);
            document.addEventListener("htmx:responseError", look);
            const field = document.getElementById("input-greeting");
            field.value = "x".repeat(3_000_000);
            field.dispatchEvent(new Event("input", { bubbles: true }));
        })""")

        assert answered == [400, False]


def _open_its_run(page: Page, demo: demo_process.Demo, name: str) -> None:
    browser.sign_in(page, demo.url, "alice")
    page.goto(demo.url + _address(demo, name))
    page.locator('main a[href^="/runs/"]').first.click()
    expect(page.locator(WORD)).to_have_text(COMPLETE, timeout=RUN_SECONDS)


def _key_of_its_order(demo: demo_process.Demo, name: str) -> str:
    with sqlite3.connect(demo.var_dir / "portal.sqlite3") as connection:
        query = """
            SELECT run.idempotency_key FROM provisioner_run run
            JOIN provisioner_environment environment ON environment.id = run.environment_id
            WHERE environment.name = ? AND run.kind = 'create'
        """
        return str(connection.execute(query, [name]).fetchone()[0])


def _address(demo: demo_process.Demo, name: str) -> str:
    with sqlite3.connect(demo.var_dir / "portal.sqlite3") as connection:
        query = "SELECT id FROM provisioner_environment WHERE name = ?"
        (environment_id,) = connection.execute(query, [name]).fetchone()
    parts = (environment_id[:8], *(environment_id[i : i + 4] for i in (8, 12, 16)), environment_id[20:])
    return f"/environments/{'-'.join(parts)}/"
