from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from provisioner.cloud import Account, failures, state_storage
from provisioner.sentences import sentence
from tests.faults.proxy import Fault, Proxy

ACCOUNT = Account("shop", "aws", "eu-west-1")
FAILURE = sentence("Could not look.")


def answered(status: int, code: str, message: str = "") -> ClientError:
    response = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "GetObject")  # type: ignore[arg-type]


class TestReadableErrors:
    @pytest.mark.parametrize(
        ("error", "kind", "words"),
        [
            (
                answered(403, "AccessDenied", "x"),
                failures.CredentialsRefused,
                "denied the request (AccessDenied).",
            ),
            (
                answered(400, "InvalidToken", "x"),
                failures.CredentialsRefused,
                "denied the request (InvalidToken).",
            ),
            (
                answered(403, "RequestTimeTooSkewed", "The difference is too large."),
                failures.CredentialsRefused,
                "denied the request (RequestTimeTooSkewed: The difference is too large).",
            ),
            (
                answered(403, "AllAccessDisabled"),
                failures.CredentialsRefused,
                "denied the request (AllAccessDisabled).",
            ),
            (answered(401, ""), failures.CredentialsRefused, "denied the request (401)."),
            (
                answered(407, "407", "Proxy Authentication Required"),
                failures.CloudUnavailable,
                "answered 407: Proxy Authentication Required.",
            ),
            (answered(400, "", ""), failures.CloudUnavailable, "answered 400."),
            (answered(503, "SlowDown"), failures.CloudUnavailable, "could not answer (SlowDown)."),
        ],
    )
    def test_turn_every_error_code_into_a_sentence(
        self, error: ClientError, kind: type[Exception], words: str
    ) -> None:
        with pytest.raises(kind) as raised, failures.readable_errors(ACCOUNT, failure=FAILURE):
            raise error

        assert str(raised.value) == f"Could not look. The account shop {words}"

    def test_let_other_errors_pass(self) -> None:
        with pytest.raises(state_storage.ForeignLock), failures.readable_errors(ACCOUNT, failure=FAILURE):
            raise state_storage.ForeignLock


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault(mode="reply", status=403, code="AllAccessDisabled"), failures.CredentialsRefused),
        (Fault(mode="reply", status=409, code="OperationAborted"), failures.CloudUnavailable),
    ],
    ids=["refused", "unknown"],
)
def test_every_function_of_the_state_storage_raises_readable_errors(
    account: Account, aws_endpoint: str, fault: Fault, kind: type[Exception]
) -> None:
    with Proxy(("127.0.0.1", int(aws_endpoint.rpartition(":")[2]))) as proxy:
        asked = replace(account, endpoint_url=f"http://127.0.0.1:{proxy.port}")
        proxy.fail(fault)

        with pytest.raises(kind):
            state_storage.list_versions(asked, environment_id=uuid4())
        with pytest.raises(kind):
            state_storage.read_state(asked, environment_id=uuid4())
        with pytest.raises(kind):
            state_storage.read_lock(asked, environment_id=uuid4())
        with pytest.raises(kind):
            state_storage.release_lock(asked, environment_id=uuid4(), lock_id="1")


def count_connections(silent_server: socket.socket) -> int:
    """The number of new connections since the last call."""
    silent_server.settimeout(0)
    count = 0
    with contextlib.suppress(BlockingIOError):
        while True:
            silent_server.accept()[0].close()
            count += 1
    return count


@contextlib.contextmanager
def ends_within_timeouts() -> Iterator[None]:
    """The block takes less than twice the default timeout."""
    began = time.monotonic()
    yield
    assert time.monotonic() - began < 2 * state_storage._READ_SECONDS


class TestTimeouts:
    @pytest.fixture
    def silent_server(self) -> Iterator[socket.socket]:
        """A server that accepts connections and never answers."""
        with socket.create_server(("127.0.0.1", 0), backlog=50) as listener:
            yield listener

    @pytest.fixture
    def silent(self, account: Account, silent_server: socket.socket) -> Account:
        return replace(account, endpoint_url=f"http://127.0.0.1:{silent_server.getsockname()[1]}")

    def test_end_after_two_attempts_on_a_silent_account(
        self, silent: Account, silent_server: socket.socket
    ) -> None:
        with ends_within_timeouts(), pytest.raises(failures.CloudUnavailable, match="ReadTimeoutError"):
            state_storage.list_versions(silent, environment_id=uuid4(), timeout_seconds=0.2)
        assert count_connections(silent_server) == 2

        with ends_within_timeouts(), pytest.raises(failures.CloudUnavailable, match="ReadTimeoutError"):
            state_storage.read_state(silent, environment_id=uuid4(), timeout_seconds=0.2)
        assert count_connections(silent_server) == 2

    def test_apply_to_assuming_a_role_too(self, silent: Account, silent_server: socket.socket) -> None:
        with_role = replace(silent, role_arn="arn:aws:iam::444444444444:role/portal")

        with ends_within_timeouts(), pytest.raises(failures.CloudUnavailable, match="ReadTimeoutError"):
            state_storage.read_state(with_role, environment_id=uuid4(), timeout_seconds=0.2)

        assert count_connections(silent_server) == 2
