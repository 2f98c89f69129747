"""Failures between the portal and a cloud account, as two exceptions with plain sentences."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore import exceptions
from botocore.parsers import ResponseParserError

from provisioner.cloud.account import Account


class CloudUnavailable(Exception):
    """The account did not respond, or not with a valid answer. The same call may work later."""


class CredentialsRefused(Exception):
    """The account refused the call. A person has to change something."""


_AWAY = (
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
_REFUSALS = frozenset(
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
_REFUSED = (401, 403)
_LATER = frozenset(
    {"Throttling", "ThrottlingException", "RequestLimitExceeded", "SlowDown", "RequestTimeout"}
)


@contextmanager
def readable_errors(account: Account, *, doing: str) -> Iterator[None]:
    """Turn boto3's exceptions inside into CloudUnavailable or CredentialsRefused. Other errors pass.

    `doing` completes "The account shop refused ...": "to read the state". Code that handles one of the
    account's error codes catches the ClientError inside.
    """
    try:
        yield
    except exceptions.ClientError as error:
        raise _answered(account, error, doing) from error
    except _NO_CREDENTIALS as error:
        raise CredentialsRefused(
            f"The portal has no usable AWS credentials for the account {account.slug}. Give the worker "
            f"a role, or set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY for it."
        ) from error
    except _AWAY as error:
        where = account.endpoint_url or f"AWS in {account.region}"
        raise CloudUnavailable(
            f"The account {account.slug} does not answer at {where} ({type(error).__name__})."
        ) from error


def error_code(error: exceptions.ClientError) -> str:
    """The error's code: "NoSuchKey", or the HTTP status of an answer without a body, as for HEAD."""
    return str(error.response.get("Error", {}).get("Code", ""))


def _answered(
    account: Account, error: exceptions.ClientError, doing: str
) -> CloudUnavailable | CredentialsRefused:
    code = error_code(error)
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in _REFUSALS:
        return CredentialsRefused(f"The account {account.slug} refused {doing} ({code}).")
    if code in _LATER or status >= 500:
        return CloudUnavailable(f"The account {account.slug} could not answer ({code or status}).")
    words = _words_of(error) or str(status)
    if status in _REFUSED:
        return CredentialsRefused(f"The account {account.slug} refused {doing} ({words}).")
    return CloudUnavailable(f"The account {account.slug} was asked {doing} and answered {words}.")


def _words_of(error: exceptions.ClientError) -> str:
    message = str(error.response.get("Error", {}).get("Message", "")).strip().rstrip(".")
    return ": ".join(word for word in (error_code(error), message) if word)
