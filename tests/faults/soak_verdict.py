"""The damage after a soak: all invariants, and what the soak knows about its own orders."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from django.contrib.auth import get_user_model

from provisioner.models import Run, Team
from provisioner.run_status import ACTIVE, RunStatus
from tests.faults import invariants, scenes
from tests.faults.soak_portal import LINES, SECRET, SoakPortal
from tests.portal.live.viewer import session_of
from tests.support.engine import eventually


class Verdict:
    """`harm` must be all zeros; `findings` explains it, and names the runs that are not applied."""

    def __init__(self, portal: SoakPortal) -> None:
        checks = (_made_once, _lines_once, _downloads_match, _hidden_from_strangers)
        found = [words for check in checks for words in check(portal)]
        self._found = [*invariants.violations(), *portal.violations_seen, *found]

    @property
    def harm(self) -> dict[str, int]:
        return {
            "applies not made once": self._count("I2"),
            "lost or repeated events": self._count("I3"),
            "orphan locks": self._count("I5", "I6"),
            "stuck runs": Run.objects.filter(status__in=ACTIVE - {RunStatus.NEEDS_ATTENTION}).count(),
            "other violations": len(self._found) - self._count("I2", "I3", "I5", "I6"),
        }

    @property
    def findings(self) -> list[str]:
        others = Run.objects.exclude(status=RunStatus.APPLIED)
        return [*self._found, *(f"{run}: {run.status}. {run.reason}" for run in others)]

    def _count(self, *numbers: str) -> int:
        return len([words for words in self._found if words.startswith(tuple(f"{n}:" for n in numbers))])


def _made_once(portal: SoakPortal) -> Iterator[str]:
    """The resource of each applied run exists once, and of no other run twice."""
    made = Counter(portal.made.read_text().split())
    applied = Run.objects.filter(status=RunStatus.APPLIED)
    each = {run.inputs["greeting"] for run in applied} | {tag for tag, count in made.items() if count > 1}
    return invariants.made_once(portal.made, each=sorted(each))


def _lines_once(portal: SoakPortal) -> Iterator[str]:
    """Each applied run has all lines of its command."""
    output = Counter(f"line {number}" for number in range(1, LINES + 1))
    for run in Run.objects.filter(status=RunStatus.APPLIED):
        if (reported := Counter(scenes.printed_lines(run))) != output:
            yield f"I3: {run} has {len(reported)} of {LINES} lines, {reported.total()} in total"


def _downloads_match(portal: SoakPortal) -> Iterator[str]:
    """I4 and I9: the download of every run equals the stored events and contains no secret."""
    downloads = []
    with _browser(portal, session_of(portal.person)) as browser:
        for run in Run.objects.all():
            text = browser.get(f"/runs/{run.pk}/log.jsonl").text
            yield from invariants.equals_the_event_log(
                [json.loads(line) for line in text.splitlines()], run=run
            )
            downloads.append(text.encode())
    beside = [*downloads, portal.log.read_bytes(), portal.redis_content()]
    yield from invariants.secret_is_stored_nowhere(SECRET, beside=beside)


def _hidden_from_strangers(portal: SoakPortal) -> Iterator[str]:
    """I10, with the web process that the soak has killed and restarted."""
    mallory = get_user_model().objects.create(username="mallory", role="member")
    mallory.teams.add(Team.objects.create(slug="lab", name="Lab"))
    with _browser(portal, session_of(mallory)) as stranger:
        yield from invariants.hidden_from(stranger, run=Run.objects.latest("queued_at"))


@contextmanager
def _browser(portal: SoakPortal, cookie: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=portal.web_url, headers={"Cookie": cookie}, timeout=60) as browser:
        # The web process may just have been started.
        eventually(lambda: _answers(browser))
        yield browser


def _answers(browser: httpx.Client) -> bool:
    try:
        return browser.get("/healthz").is_success
    except httpx.TransportError:
        return False
