"""What docker-compose.yml hands to the portal."""

import subprocess
import sys
from typing import Any

import pytest
import yaml

from portal import configuration
from tests.portal import processes

HEALTH = "from django.test import Client; print(Client().get('/healthz', HTTP_HOST='{host}').status_code)"
PUBLIC = {
    "PORTAL_URL": "https://portal.example.com",
    "BEHIND_HTTPS": "1",
    "ALLOWED_HOSTS": "portal.example.com",
    "SECRET_KEY": "s" * 40,
}


@pytest.fixture(scope="module")
def web() -> dict[str, Any]:
    """The web server's part of the file."""
    found: dict[str, Any] = yaml.safe_load((configuration.ROOT / "docker-compose.yml").read_text())
    return dict(found["services"]["web"])


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
