"""The system checks of the settings."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.core.checks import Error

from portal import checks, configuration
from tests.support import portal_processes

SECRET = "s" * 40
ACCOUNT = '{"slug": "dev", "title": "Dev", "region": "ap-northeast-2"}'


def found(**environ: str) -> list[str]:
    """The IDs, messages and hints of the problems with these variables."""
    read, problems = configuration.read(environ)
    return [f"{each.id} {each.msg} {each.hint}" for each in checks.found(read, problems)]


class TestInvalidSettings:
    @pytest.mark.parametrize(
        ("environ", "words"),
        [
            ({"RUN_SLOTS": "many"}, ["portal.E001", "RUN_SLOTS", "Simultaneous Terraform runs"]),
            ({"RUN_SLOTS": "0"}, ["portal.E001", "RUN_SLOTS", "greater than or equal to 1"]),
            ({"CLOUD_ACCOUNTS": "{"}, ["portal.E001", "CLOUD_ACCOUNTS", "JSON"]),
            (
                {"DATABASE_URL": "mysql://db/x", "SECRET_KEY": SECRET},
                ["portal.E002", "DATABASE_URL", "postgresql://"],
            ),
            ({"DATABASE_URL": "postgresql://db:port/x"}, ["portal.E001", "DATABASE_URL", "port"]),
            ({"PORTAL_URL": "http://[::1"}, ["portal.E001", "PORTAL_URL"]),
            ({"REDIS_URL": "localhost:6379"}, ["portal.E003", "REDIS_URL", "redis://host:6379"]),
            ({"SIMULATED_AWS_ENDPOINT": "127.0.0.1:4566"}, ["portal.E004", "http://127.0.0.1:4566"]),
            ({"LAB_URL": "127.0.0.1:4566"}, ["portal.E004", "LAB_URL", "http://127.0.0.1:4566"]),
            ({"SIMULATED_LATENCY": "slow"}, ["portal.E001", "SIMULATED_LATENCY", "0.1 a tenth"]),
            ({"SIMULATED_LATENCY": "11"}, ["portal.E001", "SIMULATED_LATENCY", "less than or equal to 10"]),
            ({"SIMULATED_LATENCY": "nan"}, ["portal.E001", "SIMULATED_LATENCY", "finite"]),
            ({"PORTAL_URL": "portal.example.com"}, ["portal.E005", "https://portal.example.com"]),
            ({"PORTAL_URL": "http://127.0.0.1:8000/portal"}, ["portal.E005"]),
            ({"PORTAL_URL": "http://127.0.0.1:eight"}, ["portal.E001", "PORTAL_URL"]),
            ({"PORTAL_URL": "http://p.example", "BEHIND_HTTPS": "1"}, ["portal.E006", "BEHIND_HTTPS"]),
            ({"PORTAL_URL": "https://p.example"}, ["portal.E007", "BEHIND_HTTPS=1"]),
            ({"PORTAL_URL": "http://p.example", "ALLOWED_HOSTS": "q.example"}, ["portal.E008", "p.example"]),
            ({"PORTAL_URL": "http://p.example", "DEBUG": "1"}, ["portal.E009", "Unset DEBUG"]),
            (
                {"DATABASE_URL": "postgresql://u:pa/ss@db/x"},
                ["portal.E001", "DATABASE_URL", "percent-encoding"],
            ),
            ({"REDIS_URL": "redis://cache:6379/3"}, ["portal.E011", "names a database", "after the port"]),
            ({"ALLOWED_HOSTS": "p.example"}, ["portal.E012", "PORTAL_URL", "ALLOWED_HOSTS"]),
            ({"BEHIND_HTTPS": "1"}, ["portal.E012", "PORTAL_URL", "BEHIND_HTTPS"]),
            ({"ALLOWED_HOSTS": "p.example", "DEBUG": "1"}, ["portal.E012", "PORTAL_URL"]),
            ({"VAR_DIR": "/proc/nowhere"}, ["portal.E013", "/proc/nowhere", "can write"]),
            (
                {"CLOUD_ACCOUNTS": f"[{ACCOUNT}, {ACCOUNT}]"},
                ["portal.E001", "CLOUD_ACCOUNTS", "dev more than once"],
            ),
            (
                {"PORTAL_URL": "http://localhost", "ALLOWED_HOSTS": "localhost,p.example", "DEBUG": "1"},
                ["portal.E009", "ALLOWED_HOSTS"],
            ),
            ({"SECRET_KEY": "short"}, ["portal.E010", "5 characters", "at least 32"]),
            ({"PORTAL_URL": "http://p.example", "BLUEPRINTS_TRUSTED": "1"}, ["portal.W001"]),
            ({"DATABASE_URL": "postgresql://db/portal"}, ["portal.W002", "SECRET_KEY"]),
            ({"BLUEPRINT_DIRS": "/nowhere/at/all"}, ["portal.W003", "/nowhere/at/all"]),
            ({"TERRAFORM_BINARY": "/nowhere/terraform"}, ["portal.W004", "/nowhere/terraform"]),
            ({"TERRAFORM_PLUGIN_MIRROR": "/nowhere/mirror"}, ["portal.W005", "registry.terraform.io"]),
        ],
    )
    def test_are_named_with_a_hint(self, environ: dict[str, str], words: list[str]) -> None:
        texts = found(**environ)

        assert len(texts) == 1
        assert all(word in texts[0] for word in words)

    def test_in_addresses_show_no_part_of_a_password(self) -> None:
        [text] = found(DATABASE_URL="postgresql://u:hunter2/x@db/x")

        assert "hunter2" not in text

    def test_of_the_stored_secret_key_are_named(self, tmp_path: Path) -> None:
        (tmp_path / "secret_key").touch()

        [text] = found(VAR_DIR=str(tmp_path))

        assert "portal.E014" in text
        assert "Delete it" in text

    def test_are_all_named_together(self) -> None:
        texts = found(RUN_SLOTS="x", LOG_LEVEL="loud", SECRET_KEY="short")

        assert {text.split()[1].strip(":") for text in texts} == {"RUN_SLOTS", "LOG_LEVEL", "SECRET_KEY"}


class TestValidSettings:
    @pytest.mark.parametrize(
        "environ",
        [
            {},
            {"REDIS_URL": "redis://cache:6379/"},
            {"REDIS_URL": "redis://cache:6379"},  # SQLite with an external Redis is fine
            {"DATABASE_URL": "postgresql://u:p%40@db:5432/portal", "SECRET_KEY": SECRET},
            {"PORTAL_URL": "https://p.example", "BEHIND_HTTPS": "1", "ALLOWED_HOSTS": ".example"},
            {"PORTAL_URL": "http://127.0.0.1:8123", "DEBUG": "1"},
        ],
    )
    def test_pass_the_checks(self, environ: dict[str, str]) -> None:
        assert found(**environ) == []


class TestStoredSecretKey:
    def test_is_created_once_and_readable_by_its_owner_only(self, tmp_path: Path) -> None:
        key = configuration.kept_secret_key(tmp_path / "var")

        assert configuration.kept_secret_key(tmp_path / "var") == key
        assert len(key) >= checks.SHORTEST_SECRET_KEY
        [kept] = (tmp_path / "var").iterdir()
        assert (kept.name, kept.stat().st_mode & 0o777) == ("secret_key", 0o600)

    def test_in_an_impossible_folder_gives_no_traceback(self) -> None:
        assert len(configuration.kept_secret_key(Path("/proc/nowhere"))) >= checks.SHORTEST_SECRET_KEY


class TestStart:
    def test_of_the_web_process_is_refused_with_the_same_message(self) -> None:
        read, problems = configuration.read({"RUN_SLOTS": "many"})
        [expected] = checks.found(read, problems)

        started = subprocess.run(
            [sys.executable, "-c", "import portal.asgi"],
            env=portal_processes.environment(RUN_SLOTS="many"),
            cwd=configuration.ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

        assert started.returncode != 0
        assert isinstance(expected, Error)
        assert expected.msg in started.stderr
        assert str(expected.hint) in started.stderr
        assert "Traceback" not in started.stderr
