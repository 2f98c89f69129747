"""The five addresses while no database answers. With one: the blueprint's tests, on a real MariaDB."""

import logging
import shutil
from pathlib import Path

import botocore
import pytest
from fastapi.testclient import TestClient

import database


class TestWithoutADatabase:
    def test_it_is_alive_but_not_ready(self, visitor: TestClient) -> None:
        assert visitor.get("/healthz").json() == {"status": "ok"}
        assert visitor.get("/readyz").status_code == 503
        assert visitor.get("/readyz").json()["reason"] == "no database is announced yet"

    def test_the_front_page_says_so_to_a_person(self, visitor: TestClient) -> None:
        page = visitor.get("/")

        assert page.status_code == 200
        assert "<h1>shop-dev</h1>" in page.text
        assert "away: no database is announced yet" in page.text
        assert "not encrypted (plain HTTP)" in page.text

    def test_what_the_instance_is_called_cannot_break_the_page(
        self, visitor: TestClient, app_env: Path
    ) -> None:
        app_env.write_text("ENVIRONMENT=<script>alert(1)</script>\n")

        assert "<script>" not in visitor.get("/").text

    def test_an_instance_that_tells_nothing_is_no_failure(self, visitor: TestClient, app_env: Path) -> None:
        app_env.unlink()

        assert visitor.get("/").status_code == 200
        assert visitor.get("/db").status_code == 503


class TestVersion:
    def test_is_the_built_in_one_unless_an_image_says_otherwise(
        self, visitor: TestClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert visitor.get("/version").json() == {"version": "built-in", "digest": None}

        monkeypatch.setenv("APP_VERSION", "1234567")
        monkeypatch.setenv("APP_IMAGE", "1.dkr.ecr.eu-west-1.amazonaws.com/app@sha256:abc")

        assert visitor.get("/version").json() == {"version": "1234567", "digest": "sha256:abc"}


class TestAccessLog:
    def test_is_one_line_without_the_query(
        self, visitor: TestClient, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.INFO, logger="app.access"):
            visitor.get("/db?token=hunter2")
            visitor.get("/no%0Asuch")
            visitor.get("/healthz")

        assert [message.split(" ms=")[0] for message in caplog.messages] == [
            'access method=GET path="/db" status=503',
            'access method=GET path="/no\\nsuch" status=404',
        ]


class TestDatabaseWithoutABundle:
    def test_is_given_no_password(
        self, visitor: TestClient, announced: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        asked: list[str] = []
        monkeypatch.setattr(database, "_fetch", lambda arn, region: asked.append(arn))

        answer = visitor.get("/db")

        assert answer.status_code == 503
        assert answer.json()["reason"].startswith("there is no bundle of RDS's authorities")
        assert asked == []


class TestDatabaseThatCannotBeReached:
    @pytest.mark.parametrize("place", ["rds-ca.pem", "image/rds-ca.pem"])
    def test_is_reported_without_its_address(
        self, visitor: TestClient, announced: Path, monkeypatch: pytest.MonkeyPatch, place: str
    ) -> None:
        # The bundle of the instance, or the image's own.
        (announced.parent / "image").mkdir()
        shutil.copy(Path(botocore.__file__).with_name("cacert.pem"), announced.parent / place)
        monkeypatch.setattr(database, "_fetch", lambda arn, region: {"username": "dbadmin", "password": "x"})

        answer = visitor.get("/db")

        assert answer.status_code == 503
        assert answer.json() == {"status": "away", "reason": "the database cannot be reached (2003)"}
