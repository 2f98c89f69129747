"""Errors of a cloud account: two kinds, with messages for people."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore import exceptions
from botocore.parsers import ResponseParserError

from provisioner.cloud.account import Account
from provisioner.sentences import Sentence, SentenceError, sentence


class CloudUnavailable(SentenceError):
    """The account did not answer, or the answer makes no sense. The same call may work later."""


class CredentialsRefused(SentenceError):
    """The account denied the request. A person must change something."""


_UNAVAILABLE = (
    exceptions.HTTPClientError,
    exceptions.ConnectionError,
    exceptions.IncompleteReadError,
    exceptions.WaiterError,
    ResponseParserError,
)
_NO_CREDENTIALS = (
    exceptions.NoCredentialsError,
    exceptions.PartialCredentialsError,
    exceptions.CredentialRetrievalError,
    exceptions.ProfileNotFound,
    exceptions.SSOError,
    exceptions.TokenRetrievalError,
)
_DENIED_CODES = frozenset(
    {
        "AccessDenied",
        "AccessDeniedException",
        "AuthFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidToken",
        "RequestExpired",
        "SignatureDoesNotMatch",
        "UnauthorizedOperation",
        "UnrecognizedClientException",
        "403",
    }
)
# For a code that is not listed, the status decides: AWS has many codes, and adds new ones.
_DENIED_STATUSES = (401, 403)
_RETRYABLE_CODES = frozenset(
    {"Throttling", "ThrottlingException", "RequestLimitExceeded", "SlowDown", "RequestTimeout"}
)


@contextmanager
def readable_errors(account: Account, *, failure: Sentence) -> Iterator[None]:
    """Turn boto3's errors inside the block into CloudUnavailable or CredentialsRefused. Others pass.

    `failure` says what failed: "Could not read the state." Code that handles an error code itself catches
    the ClientError inside the block.
    """
    try:
        yield
    except exceptions.ClientError as error:
        raise _from_response(account, error, failure) from error
    except _NO_CREDENTIALS as error:
        raise CredentialsRefused(
            sentence(
                "The portal has no usable AWS credentials for the account %(account)s. Give the worker a "
                "role, or set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY for it.",
                account=account.slug,
            )
        ) from error
    except _UNAVAILABLE as error:
        where = account.endpoint_url or f"AWS in {account.region}"
        raise CloudUnavailable(
            sentence(
                "The account %(account)s does not answer at %(where)s (%(error)s).",
                account=account.slug,
                where=where,
                error=type(error).__name__,
            )
        ) from error


def error_code(error: exceptions.ClientError) -> str:
    """The error's code, like "NoSuchKey", or the HTTP status if the response has no body, as for HEAD."""
    return str(error.response.get("Error", {}).get("Code", ""))


def _from_response(
    account: Account, error: exceptions.ClientError, failure: Sentence
) -> CloudUnavailable | CredentialsRefused:
    code = error_code(error)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in _DENIED_CODES:
        return CredentialsRefused(failure, _denied(account, code))
    if code in _RETRYABLE_CODES or status >= 500:
        return CloudUnavailable(
            failure,
            sentence(
                "The account %(account)s could not answer (%(code)s).",
                account=account.slug,
                code=code or str(status),
            ),
        )
    answer = _code_and_message(error) or str(status)
    if status in _DENIED_STATUSES:
        return CredentialsRefused(failure, _denied(account, answer))
    return CloudUnavailable(
        failure, sentence("The account %(account)s answered %(answer)s.", account=account.slug, answer=answer)
    )


def _denied(account: Account, code: str) -> Sentence:
    return sentence("The account %(account)s denied the request (%(code)s).", account=account.slug, code=code)


def _code_and_message(error: exceptions.ClientError) -> str:
    message = str(error.response.get("Error", {}).get("Message", "")).strip().rstrip(".")
    return ": ".join(part for part in (error_code(error), message) if part)
