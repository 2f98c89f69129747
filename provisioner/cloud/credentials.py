"""The portal's identity in a cloud account: credentials for Terraform's environment, and boto3 clients."""

from __future__ import annotations

import contextlib
import os
import re
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, overload

import boto3
import botocore.loaders
import botocore.session
from botocore.config import Config
from botocore.credentials import DeferredRefreshableCredentials
from botocore.exceptions import BotoCoreError, ClientError

from provisioner.cloud.account import Account
from provisioner.cloud.failures import CloudUnavailable, CredentialsRefused, error_code, readable_errors
from provisioner.sentences import Sentence, sentence

if TYPE_CHECKING:
    from typing import TypedDict

    from mypy_boto3_s3 import S3Client
    from mypy_boto3_sts import STSClient
    from mypy_boto3_sts.type_defs import CredentialsTypeDef

    class _ExternalId(TypedDict, total=False):
        ExternalId: str


__all__ = ["CloudUnavailable", "CredentialsRefused", "client", "environment_variables", "secrets_in"]

# The simulated account accepts any keys. These are not secret.
_SIMULATED_KEY = "test"
_SHORTEST_SECONDS, _LONGEST_SECONDS = 900, 43_200
# AWS limits a role that was assumed by a role (role chaining) to one hour, whatever the role allows.
_CHAINED_SECONDS = 3600
# To wait for an answer. The caller may hold a run, so two attempts must be shorter than a lease.
_READ_SECONDS = 8.0
_SECRET_NAMES = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")

# The service models, several megabytes: loaded once for all sessions, before a fork.
_MODELS = botocore.loaders.create_loader()
_clients: dict[tuple[object, ...], Any] = {}
_clients_lock = threading.Lock()


def environment_variables(
    account: Account, *, session_name: str, source_identity: str, duration_seconds: int = 3600
) -> dict[str, str]:
    """The AWS variables for one Terraform process.

    With a role: temporary keys of the role, valid for `duration_seconds` (900 to 43,200; at most 3,600 with
    role chaining), under `session_name` and with `source_identity` in CloudTrail. Without a role: the
    process's own credentials, or "test" in the simulated account. Raises CredentialsRefused,
    CloudUnavailable.
    """
    environment = {
        "AWS_REGION": account.region,
        "AWS_DEFAULT_REGION": account.region,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    if account.endpoint_url:
        environment["AWS_ENDPOINT_URL"] = account.endpoint_url
    if account.role_arn:
        keys = _assume_role(account, session_name, source_identity, duration_seconds)
        return environment | _variables(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])
    if account.kind == "simulated":
        return environment | _variables(_SIMULATED_KEY, _SIMULATED_KEY, None)
    return environment | _ambient(account)


def secrets_in(environment: Mapping[str, str]) -> list[str]:
    """The values of an environment that must never be shown. The simulated account's "test" is not one."""
    values = (environment.get(name, "") for name in _SECRET_NAMES)
    return [value for value in values if value and value != _SIMULATED_KEY]


@overload
def client(
    service: Literal["s3"], account: Account, *, connect_seconds: float = ..., read_seconds: float = ...
) -> S3Client: ...
@overload
def client(
    service: Literal["sts"], account: Account, *, connect_seconds: float = ..., read_seconds: float = ...
) -> STSClient: ...
@overload
def client(
    service: str, account: Account, *, connect_seconds: float = ..., read_seconds: float = ...
) -> Any: ...
def client(
    service: str,
    account: Account,
    *,
    connect_seconds: float = 3,
    read_seconds: float = _READ_SECONDS,
) -> Any:
    """A boto3 client in the account, as its role if it has one. Two attempts per call. Thread-safe.

    Cached: creating one takes 50 ms or more. The credentials of a role are refreshed automatically.
    """
    # Per process: forked processes that share a connection would get each other's answers.
    key = (os.getpid(), service, account, connect_seconds, read_seconds)
    with _clients_lock:
        if key not in _clients:
            session = _session_as_role(account, read_seconds) if account.role_arn else _session(account)
            _clients[key] = session.client(
                service,  # type: ignore[call-overload]  # any service, by name
                endpoint_url=account.endpoint_url,
                config=_config(account, connect_seconds, read_seconds),
            )
        return _clients[key]


def preload_service_models() -> None:
    """Load what an S3 client needs: for a process that will fork workers that create one."""
    # If botocore rejects its configuration, creating the real client reports it.
    with contextlib.suppress(BotoCoreError):
        _inner_session().create_client(
            "s3",
            region_name="us-east-1",
            aws_access_key_id=_SIMULATED_KEY,
            aws_secret_access_key=_SIMULATED_KEY,
        )


def _inner_session() -> botocore.session.Session:
    session = botocore.session.get_session()
    session.register_component("data_loader", _MODELS)
    return session


def _session(account: Account) -> boto3.Session:
    keys = _SIMULATED_KEY if account.kind == "simulated" else None
    return boto3.Session(
        aws_access_key_id=keys,
        aws_secret_access_key=keys,
        region_name=account.region,
        botocore_session=_inner_session(),
    )


def _session_as_role(account: Account, read_seconds: float) -> boto3.Session:
    def refresh() -> dict[str, str]:
        keys = _assume_role(account, "portal", "portal", _CHAINED_SECONDS, read_seconds)
        return {
            "access_key": keys["AccessKeyId"],
            "secret_key": keys["SecretAccessKey"],
            "token": keys["SessionToken"],
            "expiry_time": keys["Expiration"].isoformat(),
        }

    inner = _inner_session()
    # botocore has no public interface for refreshable credentials. This attribute is what others use, too.
    inner._credentials = DeferredRefreshableCredentials(  # type: ignore[attr-defined]
        refresh_using=refresh, method="sts-assume-role"
    )
    return boto3.Session(botocore_session=inner, region_name=account.region)


def _config(account: Account, connect_seconds: float, read_seconds: float) -> Config:
    simulated = account.kind == "simulated"
    return Config(
        connect_timeout=connect_seconds,
        read_timeout=read_seconds,
        retries={"total_max_attempts": 2, "mode": "standard"},
        s3={"addressing_style": "path" if simulated else "auto"},
        # A simulated account is never behind a proxy, and AWS is never at AWS_ENDPOINT_URL.
        proxies={} if simulated else None,
        ignore_configured_endpoint_urls=True,  # type: ignore[call-arg]  # missing in the stubs
    )


def _assume_role(
    account: Account,
    session_name: str,
    source_identity: str,
    duration_seconds: int,
    read_seconds: float = _READ_SECONDS,
) -> CredentialsTypeDef:
    seconds = min(max(duration_seconds, _SHORTEST_SECONDS), _LONGEST_SECONDS)
    config = _config(account, 3, read_seconds)
    sts = _session(account).client("sts", endpoint_url=account.endpoint_url, config=config)

    external: _ExternalId = {"ExternalId": account.external_id} if account.external_id else {}

    def assume(seconds: int) -> CredentialsTypeDef:
        return sts.assume_role(
            RoleArn=account.role_arn,
            RoleSessionName=_identity(session_name),
            SourceIdentity=_identity(source_identity),
            DurationSeconds=seconds,
            **external,
        )["Credentials"]

    failure = sentence("Could not assume the role %(role)s.", role=account.role_arn)
    with readable_errors(account, failure=failure):
        try:
            return assume(seconds)
        except ClientError as error:
            if (
                error_code(error) == "ValidationError"
                and "DurationSeconds" in str(error)
                and seconds > _CHAINED_SECONDS
            ):
                return assume(_CHAINED_SECONDS)
            if error_code(error) == "AccessDenied":
                raise CredentialsRefused(_role_denied(account)) from error
            raise


def _role_denied(account: Account) -> Sentence:
    return sentence(
        "The role %(role)s of the account %(account)s does not admit the portal. Its trust policy must "
        "allow sts:AssumeRole and sts:SetSourceIdentity to the portal, with the account's external id.",
        role=account.role_arn,
        account=account.slug,
    )


def _ambient(account: Account) -> dict[str, str]:
    with readable_errors(account, failure=sentence("Could not read the portal's own AWS credentials.")):
        found = _session(account).get_credentials()
        keys = found.get_frozen_credentials() if found else None
    if keys is None or not keys.access_key or not keys.secret_key:
        raise CredentialsRefused(
            sentence(
                "The portal has no AWS credentials for the account %(account)s, and no role is set for it.",
                account=account.slug,
            )
        )
    return _variables(keys.access_key, keys.secret_key, keys.token)


def _variables(access_key: str, secret_key: str, token: str | None) -> dict[str, str]:
    variables = {"AWS_ACCESS_KEY_ID": access_key, "AWS_SECRET_ACCESS_KEY": secret_key}
    return variables | ({"AWS_SESSION_TOKEN": token} if token else {})


def _identity(name: str) -> str:
    """A name in the form that STS accepts: 2 to 64 letters, digits and =,.@-_"""
    return re.sub(r"[^A-Za-z0-9=,.@_-]", "-", name)[:64].ljust(2, "-")
