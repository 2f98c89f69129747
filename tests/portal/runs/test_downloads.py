"""The event log of a run as a file equals the stored one, byte for byte."""

import hashlib
from typing import Any

import pytest
from django.test import AsyncClient

from portal.accounts.models import User
from provisioner.models import Run
from provisioner.run_status import RunStatus
from tests.support import stage

pytestmark = pytest.mark.django_db(transaction=True)


async def downloaded(person: User, run: Run, name: str) -> Any:
    client = AsyncClient()
    await client.aforce_login(person)
    response: Any = await client.get(f"/runs/{run.pk}/{name}")
    parts = [part async for part in response.streaming_content] if response.streaming else []
    return response, b"".join(parts)


@pytest.fixture
def long_run(applying_run: Run) -> Run:
    stage.say(applying_run, *(f"line {number} ü€😀" for number in range(4500)))
    stage.move(applying_run, RunStatus.APPLIED)
    applying_run.refresh_from_db()
    return applying_run


async def test_the_json_lines_have_the_sha_256_of_the_sealed_run(alice: User, long_run: Run) -> None:
    response, content = await downloaded(alice, long_run, "log.jsonl")

    assert hashlib.sha256(content).hexdigest() == long_run.sha256
    assert content.count(b"\n") == long_run.event_count
    assert response.headers["Content-Disposition"].endswith(f'"web-1-run-{long_run.number}.jsonl"')


async def test_the_text_has_every_message_in_order(alice: User, long_run: Run) -> None:
    response, content = await downloaded(alice, long_run, "log.txt")

    numbers = [
        int(line.split("line ")[1].split()[0]) for line in content.decode().splitlines() if "line " in line
    ]
    assert numbers == list(range(4500))
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"


async def test_a_running_run_gives_the_events_so_far(alice: User, applying_run: Run) -> None:
    _, content = await downloaded(alice, applying_run, "log.jsonl")

    assert content.count(b"\n") == applying_run.last_seq


@pytest.mark.parametrize("name", ["log.txt", "log.jsonl"])
async def test_a_person_outside_the_team_gets_404(mallory: User, long_run: Run, name: str) -> None:
    response, _ = await downloaded(mallory, long_run, name)

    assert response.status_code == 404
