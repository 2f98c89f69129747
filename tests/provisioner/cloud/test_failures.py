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
from tests.faults.proxy import Fault, Proxy

ACCOUNT = Account("shop", "aws", "eu-west-1")


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
                "refused to look (AccessDenied).",
            ),
            (
                answered(400, "InvalidToken", "x"),
                failures.CredentialsRefused,
                "refused to look (InvalidToken).",
            ),
            (
                answered(403, "RequestTimeTooSkewed", "The difference is too large."),
                failures.CredentialsRefused,
                "refused to look (RequestTimeTooSkewed: The difference is too large).",
            ),
            (
                answered(403, "AllAccessDisabled"),
                failures.CredentialsRefused,
                "refused to look (AllAccessDisabled).",
            ),
            (answered(401, ""), failures.CredentialsRefused, "refused to look (401)."),
            (
                answered(407, "407", "Proxy Authentication Required"),
                failures.CloudUnavailable,
                "was asked to look and answered 407: Proxy Authentication Required.",
            ),
            (answered(400, "", ""), failures.CloudUnavailable, "was asked to look and answered 400."),
            (answered(503, "SlowDown"), failures.CloudUnavailable, "could not answer (SlowDown)."),
        ],
    )
    def test_leaves_no_answer_without_a_sentence(
        self, error: ClientError, kind: type[Exception], words: str
    ) -> None:
        with pytest.raises(kind) as reported, failures.readable_errors(ACCOUNT, doing="to look"):
            raise error

        assert str(reported.value) == f"The account shop {words}"

    def test_lets_an_error_of_ours_pass(self) -> None:
        with pytest.raises(state_storage.ForeignLock), failures.readable_errors(ACCOUNT, doing="to look"):
            raise state_storage.ForeignLock


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault(mode="reply", status=403, code="AllAccessDisabled"), failures.CredentialsRefused),
        (Fault(mode="reply", status=409, code="OperationAborted"), failures.CloudUnavailable),
    ],
    ids=["refused", "unknown"],
)
def test_every_question_about_a_state_is_reported_whatever_is_answered(
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


def tries(listener: socket.socket) -> int:
    """How many have connected since the last call."""
    listener.settimeout(0)
    count = 0
    with contextlib.suppress(BlockingIOError):
        while True:
            listener.accept()[0].close()
            count += 1
    return count


@contextlib.contextmanager
def ends_as_asked() -> Iterator[None]:
    """Inside is not waited for twice the patience of who asks for none of their own."""
    began = time.monotonic()
    yield
    assert time.monotonic() - began < 2 * state_storage._PATIENCE_SECONDS


class TestPatience:
    @pytest.fixture
    def listener(self) -> Iterator[socket.socket]:
        """Connections to it are taken, and nothing is ever answered."""
        with socket.create_server(("127.0.0.1", 0), backlog=50) as listener:
            yield listener

    @pytest.fixture
    def silent(self, account: Account, listener: socket.socket) -> Account:
        return replace(account, endpoint_url=f"http://127.0.0.1:{listener.getsockname()[1]}")

    def test_with_a_silent_account_ends_after_two_tries(
        self, silent: Account, listener: socket.socket
    ) -> None:
        with ends_as_asked(), pytest.raises(failures.CloudUnavailable, match="ReadTimeoutError"):
            state_storage.list_versions(silent, environment_id=uuid4(), timeout_seconds=0.2)
        assert tries(listener) == 2

        with ends_as_asked(), pytest.raises(failures.CloudUnavailable, match="ReadTimeoutError"):
            state_storage.read_state(silent, environment_id=uuid4(), timeout_seconds=0.2)
        assert tries(listener) == 2

    def test_with_an_account_with_a_role_holds_for_sts_too(
        self, silent: Account, listener: socket.socket
    ) -> None:
        entered = replace(silent, role_arn="arn:aws:iam::444444444444:role/portal")

        with ends_as_asked(), pytest.raises(failures.CloudUnavailable, match="ReadTimeoutError"):
            state_storage.read_state(entered, environment_id=uuid4(), timeout_seconds=0.2)

        assert tries(listener) == 2
