"""What the soak has done harm to: every invariant at its end, and what its house knows of its own orders."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from django.contrib.auth import get_user_model

from provisioner.models import Run, Team
from provisioner.run_status import ACTIVE, RunStatus
from tests.faults import invariants, scenes
from tests.faults.soak_house import LINES, SECRET, House
from tests.portal.live.viewer import session_of
from tests.support.engine import eventually


class Verdict:
    """`harm` must be zeros; `findings` says why it is not, and why runs did not end applied."""

    def __init__(self, house: House) -> None:
        checks = (_made_once, _lines_once, _reported_alike, _shut_to_strangers)
        found = [words for check in checks for words in check(house)]
        self._found = [*invariants.violations(), *house.seen_wrong, *found]

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


def _made_once(house: House) -> Iterator[str]:
    """Each applied run's own piece once, and none of any other run twice."""
    made = Counter(house.made.read_text().split())
    applied = Run.objects.filter(status=RunStatus.APPLIED)
    each = {run.inputs["greeting"] for run in applied} | {tag for tag, count in made.items() if count > 1}
    return invariants.made_once(house.made, each=sorted(each))


def _lines_once(house: House) -> Iterator[str]:
    """Each applied run tells what its command is known to say."""
    output = Counter(f"line {number}" for number in range(1, LINES + 1))
    for run in Run.objects.filter(status=RunStatus.APPLIED):
        if (reported := Counter(scenes.spoken(run))) != output:
            yield f"I3: {run} tells {len(reported)} of {LINES} lines, {reported.total()} in all"


def _reported_alike(house: House) -> Iterator[str]:
    """I4 and I9: the download of every run is what is stored, and has no secret."""
    downloads = []
    with _browser(house, session_of(house.person)) as browser:
        for run in Run.objects.all():
            text = browser.get(f"/runs/{run.pk}/log.jsonl").text
            yield from invariants.is_the_event_log([json.loads(line) for line in text.splitlines()], run=run)
            downloads.append(text.encode())
    beside = [*downloads, house.log.read_bytes(), house.redis_content()]
    yield from invariants.shows_nowhere(SECRET, beside=beside)


def _shut_to_strangers(house: House) -> Iterator[str]:
    """I10, over the web process that the soak has killed and started again."""
    mallory = get_user_model().objects.create(username="mallory", role="member")
    mallory.teams.add(Team.objects.create(slug="lab", name="Lab"))
    with _browser(house, session_of(mallory)) as stranger:
        yield from invariants.hidden_from(stranger, run=Run.objects.latest("queued_at"))


@contextmanager
def _browser(house: House, cookie: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=house.web_url, headers={"Cookie": cookie}, timeout=60) as browser:
        # The web process may have been started a moment ago.
        eventually(lambda: _answers(browser))
        yield browser


def _answers(browser: httpx.Client) -> bool:
    try:
        return browser.get("/healthz").is_success
    except httpx.TransportError:
        return False
