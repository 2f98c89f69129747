"""Fixtures for every test: a temporary folder and database, the demo's people, no broker and no Redis."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.db.models.signals import post_migrate
from pytest_django import Settings

from provisioner import celery_app
from provisioner.database import triggers
from provisioner.models import AuditHead, CloudAccount, Team
from tests.support.people import MakePerson


@pytest.fixture(scope="session")
def var_dir() -> Iterator[Path]:
    """A folder for everything that the portal writes; its path is short enough for providers' sockets."""
    folder = Path(tempfile.mkdtemp(prefix="portal-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(var_dir: Path) -> None:
    # A file, not memory: other processes and threads of a test must see the same database.
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(var_dir / "portal.sqlite3")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """The migrated database without triggers against deletion: it is emptied between tests."""
    post_migrate.connect(_first_head)
    with django_db_blocker.unblock():
        triggers.remove(connection, operation="DELETE")


def _first_head(**kwargs: object) -> None:
    # Emptying the database also deletes the row that a migration made.
    AuditHead.objects.get_or_create(id=1)


@pytest.fixture(autouse=True)
def _embedded(settings: Settings, var_dir: Path) -> Iterator[None]:
    """No test uses a service outside this process unless it starts one."""
    settings.VAR_DIR = var_dir
    settings.RUNS_DIR = var_dir / "runs"
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    before = celery_app.app.conf["broker_url"]
    celery_app.app.conf["broker_url"] = "memory://"
    yield
    celery_app.app.conf["broker_url"] = before


@pytest.fixture
def make_person(db: None) -> MakePerson:
    """`make_person("alice", role="member", teams=[shop])`, the password is her name."""

    def make(name: str, *, role: str = "member", teams: tuple[Team, ...] = ()) -> Any:
        person = get_user_model().objects.create_user(username=name, password=name, role=role)
        person.teams.set(teams)
        return person

    return make


@pytest.fixture
def shop(db: None) -> Team:
    return Team.objects.create(slug="shop", name="Shop")


@pytest.fixture
def lab(db: None) -> Team:
    """A team that is not alice's."""
    return Team.objects.create(slug="lab", name="Lab")


@pytest.fixture
def alice(make_person: MakePerson, shop: Team) -> Any:
    return make_person("alice", teams=(shop,))


@pytest.fixture
def bob(make_person: MakePerson, shop: Team) -> Any:
    return make_person("bob", teams=(shop,))


@pytest.fixture
def mallory(make_person: MakePerson, lab: Team) -> Any:
    return make_person("mallory", teams=(lab,))


@pytest.fixture
def oscar(make_person: MakePerson) -> Any:
    return make_person("oscar", role="operator")


@pytest.fixture
def audrey(make_person: MakePerson) -> Any:
    return make_person("audrey", role="auditor")


@pytest.fixture
def ada(make_person: MakePerson) -> Any:
    return make_person("ada", role="admin")


@pytest.fixture
def account(db: None) -> CloudAccount:
    """The simulated account, without a server unless a test starts one."""
    return CloudAccount.objects.create(
        slug="simulated",
        title="Simulated AWS",
        kind="simulated",
        region="ap-northeast-2",
        state_bucket="states",
    )
