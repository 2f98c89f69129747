"""How often Secrets Manager is asked."""

import pytest

import database


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ARNs that were asked for, in order; each answer has another password."""
    asked: list[str] = []

    def fetch(arn: str, region: str) -> dict[str, str]:
        asked.append(arn)
        return {"username": "dbadmin", "password": f"password {len(asked)}"}

    monkeypatch.setattr(database, "_fetch", fetch)
    return asked


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time in seconds: set its only element."""
    now = [1000.0]
    monkeypatch.setattr(database.time, "monotonic", lambda: now[0])
    return now


def password(secret: database.Secret, *, arn: str = "one", fresh: bool = False) -> str:
    return secret.fields(arn=arn, region="eu-west-1", fresh=fresh)["password"]


class TestSecret:
    def test_is_kept_for_five_minutes(self, fetched: list[str], clock: list[float]) -> None:
        secret = database.Secret()

        assert [password(secret), password(secret)] == ["password 1", "password 1"]

        clock[0] += database.SECRET_LIFE_SECONDS + 1

        assert password(secret) == "password 2"

    def test_is_read_again_at_once_when_the_database_refuses_it(
        self, fetched: list[str], clock: list[float]
    ) -> None:
        secret = database.Secret()
        password(secret)

        assert password(secret, fresh=True) == "password 2"

    def test_is_not_read_for_each_visitor_while_it_stays_refused(
        self, fetched: list[str], clock: list[float]
    ) -> None:
        secret = database.Secret()

        for _ in range(100):
            password(secret, fresh=True)

        assert len(fetched) == 1

    def test_of_another_database_is_another(self, fetched: list[str], clock: list[float]) -> None:
        secret = database.Secret()
        password(secret)

        assert password(secret, arn="two") == "password 2"
        assert fetched == ["one", "two"]
