from __future__ import annotations

import http.server
import socket
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypedDict, Unpack

import boto3
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.server import ThreadedMotoServer
from werkzeug.serving import make_server

from provisioner.cloud import Account

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

MakeAccount = Callable[..., Account]


class AccountSettings(TypedDict, total=False):
    """The arguments of Account."""

    slug: str
    kind: Literal["simulated", "aws"]
    region: str
    endpoint_url: str | None
    role_arn: str
    external_id: str
    state_bucket: str


@pytest.fixture(scope="session")
def aws_endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def tls_endpoint(aws_endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The same account over TLS, with a certificate of its own."""
    certificate, key = self_signed(tmp_path)
    application = DomainDispatcherApplication(create_backend_app)
    server = make_server("127.0.0.1", 0, application, threaded=True, ssl_context=(str(certificate), str(key)))
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    monkeypatch.setenv("AWS_CA_BUNDLE", str(certificate))
    yield f"https://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def self_signed(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = (pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(pem))
    (folder / "key.pem").write_bytes(key.private_bytes(*plain))
    return folder / "certificate.pem", folder / "key.pem"


@pytest.fixture(autouse=True)
def no_credentials_of_this_machine(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    nowhere = tmp_path_factory.mktemp("aws")
    for name in (
        "AWS_PROFILE",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_CA_BUNDLE",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(nowhere / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(nowhere / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def make_account(aws_endpoint: str) -> MakeAccount:
    def make(**changes: Unpack[AccountSettings]) -> Account:
        slug = f"account-{uuid.uuid4().hex[:8]}"
        simulated = Account(slug, "simulated", "ap-northeast-2", endpoint_url=aws_endpoint)
        return replace(simulated, **changes)

    return make


@pytest.fixture
def real_account(make_account: MakeAccount, monkeypatch: pytest.MonkeyPatch) -> Account:
    """An account that is treated as AWS, with the process's own credentials."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAOWN")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "own-secret")
    return make_account(kind="aws")


@pytest.fixture
def account(make_account: MakeAccount) -> Account:
    return make_account()


@pytest.fixture
def s3(aws_endpoint: str) -> S3Client:
    """An independent client, to check what is really there."""
    return boto3.client(
        "s3",
        endpoint_url=aws_endpoint,
        region_name="ap-northeast-2",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


@pytest.fixture
def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def s3_that_answers() -> Iterator[Callable[..., str]]:
    """An endpoint whose STS works, and whose S3 answers every call with the same status and code."""
    servers: list[http.server.ThreadingHTTPServer] = []

    def start(status: int, code: str = "AccessDenied") -> str:
        class Answer(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self._answer(
                    200, b"<R><GetCallerIdentityResult><Account>1111</Account></GetCallerIdentityResult></R>"
                )

            def do_HEAD(self) -> None:
                self._answer(status, b"")

            def do_GET(self) -> None:
                self._answer(status, f"<Error><Code>{code}</Code><Message>No.</Message></Error>".encode())

            def _answer(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        servers.append(server := http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer))
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()
