"""A control that cannot be used says why, for a keyboard and on a touch screen too."""

import re

from django.test import Client

from portal.accounts.models import User
from portal.templatetags import parts
from provisioner.models import Environment, Run
from provisioner.run_status import RunStatus
from tests.support import stage


def test_a_disabled_button_opens_its_reason() -> None:
    button = parts.disabled_button("Approve", "Only an <operator> can.", "is-primary")

    found = re.search(r'<button type="button" .*popovertarget="(\S+)"', button)
    assert found
    assert f'<span class="reason" id="{found[1]}" popover>Only an &lt;operator&gt; can.</span>' in button
    assert f'aria-describedby="{found[1]}"' in button


def test_two_buttons_have_two_reasons() -> None:
    first, second = parts.disabled_button("Approve", "No."), parts.disabled_button("Discard", "No.")

    assert first.split('id="')[1] != second.split('id="')[1]


def test_the_plan_of_a_run_says_to_its_requester_why_they_cannot_approve_it(
    client: Client, alice: User, planned_run: Run
) -> None:
    client.force_login(alice)

    page = client.get(f"/runs/{planned_run.pk}/").content.decode()

    assert 'aria-disabled="true" popovertarget=' in page


def test_the_page_of_a_busy_environment_says_in_words_why_it_cannot_be_changed(
    client: Client, alice: User, environment: Environment
) -> None:
    stage.run(environment, status=RunStatus.APPLYING)
    client.force_login(alice)

    page = client.get(f"/environments/{environment.pk}/").content.decode()

    assert re.search(r'<p class="small why-not" id="why-not">\w+', page)
    assert page.count('aria-disabled="true" tabindex="0" aria-describedby="why-not"') == 2
