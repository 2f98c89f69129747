"""The settings in docker-compose.yml, and their documentation in .env.example."""

import asyncio
import re
import subprocess
import sys
from typing import Any

import pytest
import yaml
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from portal import configuration
from tests.support import portal_processes

FILE = configuration.ROOT / "docker-compose.yml"
VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*)|:\?[^}]*)?\}")
PASSED_ON = re.compile(r"\$\{(\w+):-(.*)\}")
# Set by the image, or only for a single machine.
NOT_PASSED_ON = {
    "VAR_DIR", "TERRAFORM_PLUGIN_MIRROR", "LOG_FORMAT", "TERRAFORM_BINARY", "BLUEPRINT_DIRS",
    "BLUEPRINTS_TRUSTED", "DEBUG", "DEMO_PASSWORD", "LOCALE_DIRS",
}  # fmt: skip
HEALTH = "from django.test import Client; print(Client().get('/healthz', HTTP_HOST='{host}').status_code)"
PUBLIC = {
    "PORTAL_URL": "https://portal.example.com",
    "BEHIND_HTTPS": "1",
    "ALLOWED_HOSTS": "portal.example.com",
    "SECRET_KEY": "s" * 40,
}


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(FILE.read_text())
    return dict(found["services"])


@pytest.fixture(scope="module")
def web(services: dict[str, Any]) -> dict[str, Any]:
    """The service `web`."""
    return dict(services["web"])


@pytest.fixture(scope="module")
def defaults(web: dict[str, Any]) -> dict[str, str]:
    """Variables that are passed on under their own name, and their defaults."""
    lines = {name: PASSED_ON.fullmatch(value) for name, value in web["environment"].items()}
    return {name: line[2] for name, line in lines.items() if line and line[1] == name}


class TestEnvironment:
    def test_has_every_setting_for_a_team(self, services: dict[str, Any]) -> None:
        passed_on = {name for service in services.values() for name in service.get("environment", {})}

        assert {
            name.upper() for name in configuration.Configuration.model_fields
        } - passed_on == NOT_PASSED_ON

    def test_has_the_defaults_of_the_portal(self, defaults: dict[str, str]) -> None:
        read, problems = configuration.read(defaults)

        assert problems == ()
        # A demo determines its own address.
        assert read.model_copy(update={"portal_url": ""}) == configuration.read({})[0]


class TestExample:
    @pytest.fixture(scope="class")
    def example(self) -> dict[str, str]:
        lines = (configuration.ROOT / ".env.example").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))

    def test_has_every_variable_of_the_file_with_its_default(self, example: dict[str, str]) -> None:
        used = {found[1]: found[2] or "" for found in VARIABLE.finditer(FILE.read_text()) if found[2]}

        assert {found[1] for found in VARIABLE.finditer(FILE.read_text())} == set(example)
        assert used == {name: value for name, value in example.items() if value}

    def test_says_that_secrets_must_be_chosen(self, services: dict[str, Any]) -> None:
        demanded = set(re.findall(r"\$\{(\w+):\?", FILE.read_text()))
        words = (configuration.ROOT / ".env.example").read_text()

        assert len(demanded) == 5
        assert "Five different secrets" in words


class TestDatabase:
    def test_each_part_connects_with_its_own_role(self, services: dict[str, Any]) -> None:
        urls = {name: str(each.get("environment", {}).get("DATABASE_URL")) for name, each in services.items()}
        roles = {
            name: found[1] for name, url in urls.items() if (found := re.match(r"postgresql://(\w+):", url))
        }

        assert roles == {
            "prepare": "portal",
            "web": "portal_web",
            "runs-worker": "portal_worker",
            "control-worker": "portal_worker",
            "beat": "portal_worker",
        }

    def test_gives_the_superuser_password_only_to_the_migration(self, services: dict[str, Any]) -> None:
        assert {name for name, each in services.items() if "POSTGRES_PASSWORD" in str(each)} == {
            "postgres",
            "prepare",
        }


class TestServices:
    def test_have_health_checks_and_limited_logs(self, services: dict[str, Any]) -> None:
        assert {name for name, each in services.items() if "healthcheck" not in each} == {"prepare"}
        assert all(each["logging"]["options"]["max-size"] for each in services.values())


class TestRunsWorker:
    def test_has_a_stop_grace_period_as_long_as_its_own(self, services: dict[str, Any]) -> None:
        worker = services["runs-worker"]

        assert worker["command"][-1] == "--in-container"
        assert worker["stop_grace_period"] == f"{worker['environment']['STOP_GRACE_SECONDS']}s"


class TestProxies:
    @pytest.mark.parametrize(
        ("peer", "client"),
        [
            ("172.18.0.1", "198.51.100.7"),
            ("10.88.0.1", "198.51.100.7"),
            ("10.89.4.1", "198.51.100.7"),
            ("203.0.113.9", "203.0.113.9"),
            ("10.0.0.5", "10.0.0.5"),
        ],
        ids=["Docker's gateway", "Podman's", "Podman's of another network", "a stranger", "another network"],
    )
    def test_are_trusted_only_on_networks_of_the_container_engine(
        self, defaults: dict[str, str], peer: str, client: str
    ) -> None:
        assert client_address(peer, trusted=defaults["FORWARDED_ALLOW_IPS"], says="198.51.100.7") == client

    def test_an_invented_address_is_not_used(self, defaults: dict[str, str]) -> None:
        says = "192.0.2.1, 198.51.100.7"

        assert (
            client_address("172.18.0.1", trusted=defaults["FORWARDED_ALLOW_IPS"], says=says) == "198.51.100.7"
        )


def client_address(peer: str, *, trusted: str, says: str) -> str:
    """The client address of a request from `peer` with this X-Forwarded-For header."""
    scope: Any = {"type": "http", "client": (peer, 5), "headers": [(b"x-forwarded-for", says.encode())]}

    async def portal(scope: Any, receive: Any, send: Any) -> None:
        pass

    nothing: Any = None
    asyncio.run(ProxyHeadersMiddleware(portal, trusted)(scope, nothing, nothing))
    return str(scope["client"][0])


class TestHealthCheck:
    @pytest.mark.parametrize(("host", "status"), [("127.0.0.1:8000", "200"), ("evil.example", "400")])
    def test_is_answered_under_its_host_name(self, web: dict[str, Any], host: str, status: str) -> None:
        assert "http://127.0.0.1:8000/healthz" in web["healthcheck"]["test"][-1]

        answered = subprocess.run(
            [sys.executable, "manage.py", "shell", "--no-imports", "-c", HEALTH.format(host=host)],
            env=portal_processes.environment(**PUBLIC),
            cwd=configuration.ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

        assert answered.stdout.split()[-1:] == [status], answered.stderr
