"""The health checks of docker-compose.yml, with the processes that it starts and without any."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support import processes
from tests.support.engine import eventually

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("cloud")]
PROGRAMS = Path(sys.executable).parent


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    with processes.redis_server(tmp_path) as url:
        yield url


def service(name: str) -> dict[str, Any]:
    return dict(yaml.safe_load((processes.ROOT / "docker-compose.yml").read_text())["services"][name])


def is_healthy(check: list[str], environment: dict[str, str]) -> bool:
    how, words = check
    assert how == "CMD-SHELL"
    asked = subprocess.run(
        ["sh", "-c", words.replace("$$", "$")],
        env=environment,
        cwd=processes.ROOT,
        capture_output=True,
        check=False,
    )
    return asked.returncode == 0


@pytest.mark.parametrize("name", ["runs-worker", "control-worker", "beat"])
def test_passes_only_while_the_process_works(name: str, redis_url: str, tmp_path: Path) -> None:
    found = service(name)
    check = found["healthcheck"]["test"]
    given = processes.environment(REDIS_URL=redis_url)
    given["PATH"] = f"{PROGRAMS}:{given['PATH']}"
    command = [word.replace("/tmp/", f"{tmp_path}/") for word in found["command"]]  # noqa: S108

    with processes.started(command, given):
        eventually(lambda: is_healthy(check, given), limit_seconds=60)

    assert not is_healthy(check, given)
