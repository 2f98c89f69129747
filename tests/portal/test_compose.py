"""What docker-compose.yml hands to the portal."""

import asyncio
import re
import subprocess
import sys
from typing import Any

import pytest
import yaml
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from portal import configuration
from tests.portal import processes

PASSED_ON = re.compile(r"\$\{(\w+):-(.*)\}")
HEALTH = "from django.test import Client; print(Client().get('/healthz', HTTP_HOST='{host}').status_code)"
PUBLIC = {
    "PORTAL_URL": "https://portal.example.com",
    "BEHIND_HTTPS": "1",
    "ALLOWED_HOSTS": "portal.example.com",
    "SECRET_KEY": "s" * 40,
}


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((configuration.ROOT / "docker-compose.yml").read_text())
    return dict(found["services"])


@pytest.fixture(scope="module")
def web(services: dict[str, Any]) -> dict[str, Any]:
    """The web server's part of the file."""
    return dict(services["web"])


@pytest.fixture(scope="module")
def defaults(web: dict[str, Any]) -> dict[str, str]:
    """What is passed on under its own name, and its default."""
    lines = {name: PASSED_ON.fullmatch(value) for name, value in web["environment"].items()}
    return {name: line[2] for name, line in lines.items() if line and line[1] == name}


class TestEnvironment:
    @pytest.mark.parametrize(
        "name",
        [
            "SECRET_KEY_FALLBACKS",
            "PLAN_DEADLINE_SECONDS",
            "APPLY_DEADLINE_SECONDS",
            "CANCEL_GRACE_SECONDS",
            "PLAN_EXPIRES_SECONDS",
            "LEASE_SECONDS",
            "LOG_LEVEL",
        ],
    )
    def test_is_passed_on(self, defaults: dict[str, str], name: str) -> None:
        assert name in defaults

    def test_has_the_defaults_of_the_portal(self, defaults: dict[str, str]) -> None:
        read, problems = configuration.read(defaults)

        assert problems == ()
        # Embedded, the portal finds out its own address.
        assert read.model_copy(update={"portal_url": ""}) == configuration.read({})[0]


class TestRunsWorker:
    def test_is_given_the_time_for_which_it_stays(self, services: dict[str, Any]) -> None:
        worker = services["runs-worker"]

        assert worker["command"][-1] == "--in-container"
        assert worker["stop_grace_period"] == f"{worker['environment']['STOP_GRACE_SECONDS']}s"


class TestProxies:
    @pytest.mark.parametrize(
        ("peer", "client"),
        [("172.18.0.1", "198.51.100.7"), ("203.0.113.9", "203.0.113.9"), ("10.0.0.5", "10.0.0.5")],
        ids=["the gateway", "a stranger", "another network"],
    )
    def test_are_believed_on_dockers_own_networks_only(
        self, defaults: dict[str, str], peer: str, client: str
    ) -> None:
        assert seen_from(peer, trusted=defaults["FORWARDED_ALLOW_IPS"], says="198.51.100.7") == client

    def test_pass_on_no_address_that_a_person_made_up(self, defaults: dict[str, str]) -> None:
        says = "192.0.2.1, 198.51.100.7"

        assert seen_from("172.18.0.1", trusted=defaults["FORWARDED_ALLOW_IPS"], says=says) == "198.51.100.7"


def seen_from(peer: str, *, trusted: str, says: str) -> str:
    """The address that the portal sees of a request from `peer` with this X-Forwarded-For."""
    scope: Any = {"type": "http", "client": (peer, 5), "headers": [(b"x-forwarded-for", says.encode())]}

    async def portal(scope: Any, receive: Any, send: Any) -> None:
        pass

    nothing: Any = None
    asyncio.run(ProxyHeadersMiddleware(portal, trusted)(scope, nothing, nothing))
    return str(scope["client"][0])


class TestHealthCheck:
    @pytest.mark.parametrize(("host", "status"), [("127.0.0.1:8000", "200"), ("evil.example", "400")])
    def test_is_answered_under_the_name_that_it_asks_for(
        self, web: dict[str, Any], host: str, status: str
    ) -> None:
        assert "http://127.0.0.1:8000/healthz" in web["healthcheck"]["test"][-1]

        answered = subprocess.run(
            [sys.executable, "manage.py", "shell", "--no-imports", "-c", HEALTH.format(host=host)],
            env=processes.environment(**PUBLIC),
            cwd=configuration.ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

        assert answered.stdout.split()[-1:] == [status], answered.stderr
