"""System checks: every wrong setting is named at the start, with what is wrong and how to fix it."""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from portal.configuration import KEY_FILE, Configuration, Problem

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
SHORTEST_SECRET_KEY = 32
# The tag of these checks, for commands that run no other checks.
SETTINGS = "settings"


@register(SETTINGS)
def configuration_holds(app_configs: object, **kwargs: object) -> list[CheckMessage]:
    """Everything wrong with the settings, in the form of Django's checks."""
    return found(settings.CONFIGURATION, settings.CONFIGURATION_PROBLEMS)


def found(configuration: Configuration, problems: Sequence[Problem]) -> list[CheckMessage]:
    """Refused values first, then values that contradict each other. An Error prevents the start."""
    refused: list[CheckMessage] = [
        Error(f"{each.variable}: {each.message}.", hint=each.hint, id="portal.E001") for each in problems
    ]
    checks = (_addresses, _browser_address, _own_folder, _secrets, _folders)
    return refused + [message for check in checks for message in check(configuration)]


def refuse_to_start() -> None:
    """Raise SystemExit with the text of `manage.py check` if any of the findings is an error."""
    errors = [each for each in configuration_holds(None) if isinstance(each, Error)]
    if errors:
        lines = [f"{each.msg}\n    {each.hint}" for each in errors]
        raise SystemExit("The portal does not start with these settings:\n" + "\n".join(lines))


def _addresses(configuration: Configuration) -> Iterator[CheckMessage]:
    if (url := configuration.database_url) and _scheme(url) not in ("postgresql", "postgres"):
        yield Error(
            "DATABASE_URL is not an address of PostgreSQL.",
            hint="postgresql://user:password@host:5432/name, or leave it empty for SQLite.",
            id="portal.E002",
        )
    if (url := configuration.redis_url) and _scheme(url) not in ("redis", "rediss"):
        yield Error(
            "REDIS_URL is not an address of Redis.",
            hint="redis://host:6379, or leave it empty for the embedded one.",
            id="portal.E003",
        )
    elif url and urlsplit(url).path.strip("/"):
        yield Error(
            "REDIS_URL names a database.",
            hint="Remove everything after the port: the portal needs a Redis of its own, and uses its "
            "databases 0 and 1.",
            id="portal.E011",
        )
    for name in ("simulated_aws_endpoint", "lab_url"):
        if (url := getattr(configuration, name)) and _scheme(url) not in ("http", "https"):
            yield Error(
                f"{name.upper()}: is not an http address.",
                hint="For example http://127.0.0.1:4566, or leave it empty for the embedded one.",
                id="portal.E004",
            )


def _browser_address(configuration: Configuration) -> Iterator[CheckMessage]:
    if not configuration.portal_url:
        yield from _no_address(configuration)
        return
    parts = urlsplit(configuration.portal_url)
    if not _is_origin(configuration.portal_url):
        yield Error(
            "PORTAL_URL is not an address as a browser shows it.",
            hint="Use scheme, host and an unusual port: https://portal.example.com.",
            id="portal.E005",
        )
        return
    if configuration.behind_https and parts.scheme == "http":
        yield Error(
            "BEHIND_HTTPS is 1, but PORTAL_URL starts with http://.",
            hint="Use https:// in PORTAL_URL, or unset BEHIND_HTTPS: browsers would never send the "
            "sign-in cookies.",
            id="portal.E006",
        )
    if parts.scheme == "https" and not configuration.behind_https:
        yield Error(
            "PORTAL_URL starts with https://, but BEHIND_HTTPS is not set.",
            hint="Set BEHIND_HTTPS=1, so that cookies are only sent over TLS.",
            id="portal.E007",
        )
    yield from _public_address(configuration, parts.hostname or "")


def _no_address(configuration: Configuration) -> Iterator[CheckMessage]:
    elsewhere = [host for host in configuration.allowed_hosts if host not in LOOPBACK]
    if elsewhere or configuration.behind_https:
        reason = "ALLOWED_HOSTS names other machines" if elsewhere else "BEHIND_HTTPS is 1"
        yield Error(
            f"PORTAL_URL is not set, but {reason}.",
            hint="Set it to the address in people's browsers: forms and live pages are refused from any "
            "other address.",
            id="portal.E012",
        )


def _public_address(configuration: Configuration, host: str) -> Iterator[CheckMessage]:
    if configuration.allowed_hosts and not _allowed(host, configuration.allowed_hosts):
        yield Error(
            f"ALLOWED_HOSTS lacks {host}, the host of PORTAL_URL.",
            hint=f"Add {host}, or leave ALLOWED_HOSTS empty: PORTAL_URL's host is then allowed by itself.",
            id="portal.E008",
        )
    if configuration.debug and not LOOPBACK.issuperset({host, *configuration.allowed_hosts}):
        yield Error(
            "DEBUG is 1, but PORTAL_URL or ALLOWED_HOSTS names another machine.",
            hint="Unset DEBUG: its error pages show settings to everybody.",
            id="portal.E009",
        )
    if configuration.blueprints_trusted and host not in LOOPBACK:
        yield Warning(
            "BLUEPRINTS_TRUSTED is 1, but PORTAL_URL is not on this machine.",
            hint="Unset it: it allows blueprints to run programs on the worker, for tests and benchmarks.",
            id="portal.W001",
        )


def _own_folder(configuration: Configuration) -> Iterator[CheckMessage]:
    folder = configuration.var_dir.absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        yield Error(
            f"VAR_DIR: {folder} cannot be written ({error.strerror}).",
            hint="Set a folder that the portal's user can write: all run data is stored there.",
            id="portal.E013",
        )
        return
    kept = folder / KEY_FILE
    if not configuration.secret_key and kept.exists() and len(kept.read_text()) < SHORTEST_SECRET_KEY:
        yield Error(
            f"{kept} is empty or too short.",
            hint="Delete it: the portal creates another one. Everybody must sign in again.",
            id="portal.E014",
        )


def _secrets(configuration: Configuration) -> Iterator[CheckMessage]:
    if configuration.secret_key and len(configuration.secret_key) < SHORTEST_SECRET_KEY:
        yield Error(
            f"SECRET_KEY has {len(configuration.secret_key)} characters.",
            hint=f"Use at least {SHORTEST_SECRET_KEY}: "
            "python -c 'import secrets; print(secrets.token_urlsafe(48))'",
            id="portal.E010",
        )
    if configuration.database_url and not configuration.secret_key:
        yield Warning(
            "SECRET_KEY is not set, but DATABASE_URL is.",
            hint="Each machine creates its own: sessions of one are unknown to the other, and it cannot "
            "decrypt the other's sensitive answers.",
            id="portal.W002",
        )


def _folders(configuration: Configuration) -> Iterator[CheckMessage]:
    for folder in configuration.blueprint_dirs:
        if not folder.is_dir():
            yield Warning(
                f"BLUEPRINT_DIRS: {folder} is not a folder.",
                hint="Its blueprints are not offered. Set folders that contain one folder per blueprint.",
                id="portal.W003",
            )
    binary = configuration.terraform_binary
    if binary and not shutil.which(binary):
        yield Warning(
            f"TERRAFORM_BINARY: {binary} is not a program on this machine.",
            hint="Runs wait until it exists. Set the path of terraform or tofu, or unset it to use PATH.",
            id="portal.W004",
        )
    mirror = configuration.terraform_plugin_mirror
    if mirror and not Path(mirror).is_dir():
        yield Warning(
            f"TERRAFORM_PLUGIN_MIRROR: {mirror} is not a folder.",
            hint="Set the folder that contains registry.terraform.io/, or unset it.",
            id="portal.W005",
        )


def _scheme(url: str) -> str:
    try:
        parts = urlsplit(url)
        return parts.scheme if parts.hostname and parts.port != 0 else ""
    except ValueError:
        return ""


def _is_origin(url: str) -> bool:
    if _scheme(url) not in ("http", "https"):
        return False
    parts = urlsplit(url)
    return not (parts.path or parts.query or parts.fragment or "@" in parts.netloc)


def _allowed(host: str, allowed: Sequence[str]) -> bool:
    return any(each in ("*", host) or (each.startswith(".") and host.endswith(each)) for each in allowed)
