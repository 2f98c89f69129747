"""Every setting of the portal: one typed class, read from the environment.

Without any setting the portal is embedded: SQLite and all run data under `var/`, the embedded Redis and the
simulated AWS account that `make demo` starts (their addresses are in `var/embedded.json`).

A wrong value does not stop the import with a traceback: its default replaces it, and `problems` keeps it. The
system checks (`portal/checks.py`) and the start of the server then refuse, and name the fix.
"""

import contextlib
import json
import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, ValidationError

ROOT = Path(__file__).resolve().parent.parent
# In VAR_DIR, if SECRET_KEY is not set.
KEY_FILE = "secret_key"


def _colon_separated(value: object) -> object:
    return [part for part in value.split(":") if part] if isinstance(value, str) else value


def _comma_separated(value: object) -> object:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _from_json(value: object) -> object:
    return json.loads(value) if isinstance(value, str) else value


def _address(value: str) -> str:
    # The settings parse addresses: a malformed one is refused here, not with a traceback there.
    try:
        _ = urlsplit(value).port
    except ValueError:
        # Not the text of the error: it can hold a part of a password that is not encoded.
        problem = (
            "is malformed: its port is not a number, or a character in its password needs percent-encoding"
        )
        raise ValueError(problem) from None
    return value


def _each_slug_once(value: list["CloudAccountSettings"]) -> list["CloudAccountSettings"]:
    slugs = [account.slug for account in value]
    if twice := sorted({slug for slug in slugs if slugs.count(slug) > 1}):
        raise ValueError(f"names {', '.join(twice)} more than once")
    return value


_PasswordInAddress = Annotated[str, Field(pattern=r"^([A-Za-z0-9_-]{16,})?$")]

_LanguageCode = Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[a-z0-9]{2,8})*$")]


class CloudAccountSettings(BaseModel, extra="forbid"):
    """One AWS account in `CLOUD_ACCOUNTS`."""

    slug: str = Field(pattern=r"^[a-z][a-z0-9-]{1,30}$")
    title: str
    kind: Literal["aws", "simulated"] = "aws"
    region: str = Field(pattern=r"^[a-z]{2}(-[a-z]+)+-\d$")
    role_arn: str = ""
    external_id: str = ""
    state_bucket: str = ""


class Configuration(BaseModel, extra="forbid"):
    """Names are those of the environment variables, in lower case."""

    # -- where things are
    var_dir: Path = Field(ROOT / "var", description="Folder for all files that the portal writes.")
    database_url: Annotated[str, AfterValidator(_address)] = Field(
        "", description="postgresql://user:password@host:5432/name. Empty: SQLite in var/."
    )
    redis_url: Annotated[str, AfterValidator(_address)] = Field(
        "", description="redis://host:6379. Empty: the embedded Redis."
    )
    portal_url: Annotated[str, AfterValidator(_address)] = Field(
        "", description="The address in people's browsers, for example https://portal.example.com."
    )
    allowed_hosts: Annotated[list[str], BeforeValidator(_comma_separated)] = Field(
        default_factory=list,
        description="Host names of the portal besides loopback, comma-separated.",
    )

    # -- secrets and safety
    secret_key: str = Field("", description="At least 32 characters. Empty: created once and kept in var/.")
    secret_key_fallbacks: Annotated[list[str], BeforeValidator(_comma_separated)] = Field(
        default_factory=list,
        description="Earlier secret keys, comma-separated: they still decrypt, but do not encrypt.",
    )
    web_database_password: _PasswordInAddress = Field(
        "",
        description="Password of the web server's database role, set by `manage.py database_roles --apply` "
        "and "
        "part of the web server's DATABASE_URL: 16 or more letters, digits, - and _. Empty: unchanged.",
    )
    worker_database_password: _PasswordInAddress = Field(
        "", description="The same for the workers' role; it must be different."
    )
    debug: bool = Field(default=False, description="Django's debug pages; never in production.")
    behind_https: bool = Field(
        default=False, description="1 if a proxy in front of the portal terminates TLS."
    )
    demo_password: str = Field("three-tier-demo", description="Password of the demo accounts.")

    # -- the engine
    run_slots: int = Field(2, ge=1, le=32, description="Simultaneous Terraform runs on one worker host.")
    run_free_mib: int = Field(
        1024, ge=1, description="Free MiB in VAR_DIR that a run needs to start; a provider takes 700."
    )
    terraform_binary: str = Field("", description="Path of terraform or tofu. Empty: searched on PATH.")
    terraform_plugin_mirror: str = Field("", description="Filesystem mirror of providers. Empty: searched.")
    blueprint_dirs: Annotated[list[Path], BeforeValidator(_colon_separated)] = Field(
        default_factory=list, description="Additional folders of blueprints, colon-separated."
    )
    blueprints_trusted: bool = Field(
        default=False,
        description="1 allows provisioners in the blueprints of BLUEPRINT_DIRS; for tests only.",
    )
    plan_deadline_seconds: int = Field(900, ge=10, description="A plan is stopped after this time.")
    apply_deadline_seconds: int = Field(2700, ge=10, description="An apply is stopped after this time.")
    cancel_grace_seconds: int = Field(
        900, ge=5, description="How long a run may take to stop before an operator can end it by force."
    )
    plan_expires_seconds: int = Field(
        86_400, ge=60, description="A plan expires after this time without approval."
    )
    stop_grace_seconds: int = Field(
        780,
        ge=1,
        description="How long a runs worker in a container waits for its runs after a stop request; 150 s "
        "before "
        "the end it interrupts Terraform.",
    )
    lease_seconds: int = Field(
        30, ge=5, description="A worker that does not report for this long has lost its run."
    )

    # -- languages
    languages: Annotated[list[_LanguageCode], BeforeValidator(_comma_separated)] = Field(
        default_factory=lambda: ["en"],
        min_length=1,
        description="Language codes that people can use, comma-separated, the default first.",
    )
    locale_dirs: Annotated[list[Path], BeforeValidator(_colon_separated)] = Field(
        default_factory=list,
        description="More folders with gettext catalogs, colon-separated, in Django's LOCALE_PATHS form.",
    )

    # -- the live stream
    sockets_per_person: int = Field(
        100, ge=1, description="Live streams that one person can open in one web process."
    )

    # -- clouds
    cloud_accounts: Annotated[
        list[CloudAccountSettings], BeforeValidator(_from_json), AfterValidator(_each_slug_once)
    ] = Field(default_factory=list, description="JSON list of AWS accounts; empty: the simulated one.")
    simulated_aws_endpoint: str = Field(
        "", description="Address of the simulated AWS account. Empty: embedded."
    )
    lab_url: Annotated[str, AfterValidator(_address)] = Field(
        "",
        description="The simulated AWS account's address in people's browsers, for the lab. Empty: the same.",
    )
    simulated_latency: float | None = Field(
        None,
        ge=0,
        le=10,
        allow_inf_nan=False,
        description="How long things take in the simulated AWS account, as a part of AWS's own times: 0 is "
        "at once, 0.1 a tenth. Empty: what was set last on its page, at first 0.",
    )

    # -- logs
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="Lowest level that is logged."
    )
    log_format: Literal["text", "json"] = Field("text", description="One line of text or of JSON per event.")


@dataclass(frozen=True)
class Problem:
    """A value that was refused: the variable, what is wrong, and the meaning of the variable."""

    variable: str
    message: str
    hint: str


def read(environ: Mapping[str, str]) -> tuple[Configuration, tuple[Problem, ...]]:
    """The configuration from `environ`. A refused value is replaced by its default, with a problem."""
    fields = Configuration.model_fields
    raw = {name: environ[name.upper()] for name in fields if environ.get(name.upper(), "") != ""}
    problems: list[Problem] = []
    while True:
        try:
            return Configuration.model_validate(raw), tuple(problems)
        except (ValidationError, json.JSONDecodeError) as error:
            for name, message in _refused(error).items():
                raw.pop(name, None)
                hint = fields[name].description or f"One of {fields[name].annotation}."
                problems.append(Problem(name.upper(), message, hint))


def _refused(error: ValidationError | json.JSONDecodeError) -> dict[str, str]:
    if isinstance(error, json.JSONDecodeError):
        return {"cloud_accounts": f"is not JSON: {error}"}
    return {
        str(item["loc"][0]): f"{'.'.join(map(str, item['loc'][1:]))} {item['msg']}".strip()
        for item in error.errors()
    }


def embedded(var_dir: Path) -> dict[str, str]:
    """What `make demo` wrote: `redis_url`, `aws_endpoint`, `portal_url`."""
    try:
        found = json.loads((var_dir / "embedded.json").read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def kept_secret_key(var_dir: Path) -> str:
    """The secret key of an embedded portal: created at the first start, readable by its owner only.

    If it cannot be stored, it is one for this process alone; the system checks then refuse the start.
    """
    path = var_dir / KEY_FILE
    try:
        var_dir.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            _write_once(path, secrets.token_urlsafe(48))
        return path.read_text()
    except OSError:
        return secrets.token_urlsafe(48)


def _write_once(path: Path, text: str) -> None:
    """Completely or not at all, and never over what another process wrote meanwhile."""
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        Path(draft).unlink()
