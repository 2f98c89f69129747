from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from urllib.parse import parse_qs

import boto3
import pytest

from provisioner.cloud import Account, credentials, failures
from tests.provisioner.cloud.make_account import MakeAccount

ROLE = "arn:aws:iam::444444444444:role/portal"


def environment_for(account: Account, **changes: object) -> dict[str, str]:
    asked: dict[str, object] = {
        "session_name": "portal-run-1",
        "source_identity": "alice",
        "duration_seconds": 3600,
    }
    return credentials.environment_variables(account, **(asked | changes))  # type: ignore[arg-type]


class TestEnvironmentFor:
    def test_gives_the_simulated_account_its_endpoint_and_keys_that_are_no_secrets(
        self, account: Account
    ) -> None:
        environment = environment_for(account)

        assert environment == {
            "AWS_REGION": "ap-northeast-2",
            "AWS_DEFAULT_REGION": "ap-northeast-2",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_ENDPOINT_URL": account.endpoint_url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }
        assert credentials.secrets_in(environment) == []

    def test_assumes_the_role_and_hides_its_keys(self, make_account: MakeAccount) -> None:
        environment = environment_for(make_account(role_arn=ROLE))

        caller = boto3.client(
            "sts",
            endpoint_url=environment["AWS_ENDPOINT_URL"],
            region_name=environment["AWS_REGION"],
            aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=environment["AWS_SESSION_TOKEN"],
        ).get_caller_identity()
        assert caller["Arn"] == "arn:aws:sts::444444444444:assumed-role/portal/portal-run-1"
        assert len(credentials.secrets_in(environment)) == 3

    def test_uses_the_processs_own_credentials_without_a_role(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAOWN")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "own-secret")
        monkeypatch.setenv("AWS_SESSION_TOKEN", "own-token")
        monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")

        environment = environment_for(Account("shop", "aws", "eu-west-1"))

        assert credentials.secrets_in(environment) == ["AKIAOWN", "own-secret", "own-token"]
        assert "AWS_ENDPOINT_URL" not in environment

    def test_says_what_to_do_if_there_are_no_credentials(self) -> None:
        with pytest.raises(failures.CredentialsRefused, match="no AWS credentials for the account shop"):
            environment_for(Account("shop", "aws", "eu-west-1"))

    def test_raises_cloud_unavailable_if_the_account_does_not_answer(
        self, make_account: MakeAccount, unused_port: int
    ) -> None:
        away = make_account(role_arn=ROLE, endpoint_url=f"http://127.0.0.1:{unused_port}")

        with pytest.raises(failures.CloudUnavailable, match="does not answer"):
            environment_for(away)


class Sts(http.server.ThreadingHTTPServer):
    """A fake STS that records its requests, and denies some roles by their name."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), StsHandler)
        self.asked: list[dict[str, str]] = []

    def answer(self, asked: dict[str, str]) -> tuple[int, str]:
        self.asked.append(asked)
        if asked["RoleArn"].endswith("closed"):
            return 403, "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>"
        if asked["RoleArn"].endswith("chained") and int(asked["DurationSeconds"]) > 3600:
            message = "The requested DurationSeconds exceeds the 1 hour session limit for role chaining"
            error = f"<Error><Code>ValidationError</Code><Message>{message}</Message></Error>"
            return 400, f"<ErrorResponse>{error}</ErrorResponse>"
        keys = "<AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
        keys += "<SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>"
        return 200, f"<R><AssumeRoleResult><Credentials>{keys}</Credentials></AssumeRoleResult></R>"


class StsHandler(http.server.BaseHTTPRequestHandler):
    server: Sts

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        status, body = self.server.answer({name: values[0] for name, values in form.items()})
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def sts(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sts]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAOWN")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "own-secret")
    server = Sts()
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def at(sts: Sts, role: str) -> Account:
    url = f"http://127.0.0.1:{sts.server_port}"
    return Account("shop", "aws", "eu-west-1", url, f"arn:aws:iam::1:role/{role}", "external-7")


class TestAssumingARole:
    def test_names_the_run_the_person_and_the_external_id(self, sts: Sts) -> None:
        environment_for(at(sts, "open"), session_name="portal-run 1", source_identity="ålice o'hara")

        (asked,) = sts.asked
        assert asked["RoleSessionName"] == "portal-run-1"
        assert asked["SourceIdentity"] == "-lice-o-hara"
        assert asked["ExternalId"] == "external-7"

    def test_keeps_the_duration_within_the_limits_of_aws(self, sts: Sts) -> None:
        environment_for(at(sts, "open"), duration_seconds=1)
        environment_for(at(sts, "open"), duration_seconds=10**6)

        assert [asked["DurationSeconds"] for asked in sts.asked] == ["900", "43200"]

    def test_requests_one_hour_with_role_chaining(self, sts: Sts) -> None:
        environment = environment_for(at(sts, "chained"), duration_seconds=7200)

        assert environment["AWS_SESSION_TOKEN"] == "t"
        assert [asked["DurationSeconds"] for asked in sts.asked] == ["7200", "3600"]

    def test_says_what_the_trust_policy_lacks(self, sts: Sts) -> None:
        with pytest.raises(failures.CredentialsRefused, match=r"sts:SetSourceIdentity.*external id"):
            environment_for(at(sts, "closed"))


class TestClient:
    def test_is_created_once_and_acts_as_the_role(self, make_account: MakeAccount) -> None:
        account = make_account(role_arn=ROLE)

        first = credentials.client("sts", account)

        assert credentials.client("sts", account) is first
        assert first.get_caller_identity()["Account"] == "444444444444"
