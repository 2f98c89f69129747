"""The application with settings of its own, and nothing behind it unless a test puts it there."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

sys.path.insert(0, str(Path(__file__).parents[1] / "app"))

import database
import main
import settings


@pytest.fixture
def app_env(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of the instance; AWS and the database that it names do not exist."""
    file = tmp_path / "app.env"
    file.write_text("AWS_REGION=eu-west-1\nENVIRONMENT=shop-dev\nINSTANCE_ID=i-1\nZONE=eu-west-1a\n")
    monkeypatch.setattr(settings, "PATH", file)
    monkeypatch.setattr(settings, "AUTHORITIES", (tmp_path / "rds-ca.pem", tmp_path / "image/rds-ca.pem"))
    monkeypatch.setattr(database, "_secret", database.Secret())
    return file


@pytest.fixture
def announced(app_env: Path) -> Path:
    """The same, with a database announced on a port where nobody listens."""
    with app_env.open("a") as file:
        file.write("DB_HOST=127.0.0.1\nDB_PORT=1\nDB_NAME=app\nDB_SECRET_ARN=arn:aws:secretsmanager:x\n")
    return app_env


@pytest.fixture
def visitor(app_env: Path) -> Iterator[TestClient]:
    with TestClient(main.app) as client:
        yield client
