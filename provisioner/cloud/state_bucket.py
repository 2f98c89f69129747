"""The S3 bucket for Terraform states: versioned, encrypted, never public, accessible over TLS only."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NotRequired, TypedDict

from botocore.exceptions import ClientError

from provisioner.cloud import credentials
from provisioner.cloud.account import Account
from provisioner.cloud.failures import error_code, readable_errors
from provisioner.sentences import Sentence, SentenceError, sentence

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import (
        LifecycleRuleTypeDef,
        PublicAccessBlockConfigurationTypeDef,
        ServerSideEncryptionRuleTypeDef,
    )

_CHECK_VALID_SECONDS = 600
_ATTEMPTS = 5
_DENIED = ("403", "AccessDenied")
_POLICY_ID = "PortalTlsOnly"
_PRIVATE: PublicAccessBlockConfigurationTypeDef = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}
# Each run leaves a version and a delete marker of its lock. The newest fifty old states are kept at any age.
_LIFECYCLE: LifecycleRuleTypeDef = {
    "ID": "portal-old-locks-and-states",
    "Status": "Enabled",
    "Filter": {"Prefix": "environments/"},
    "NoncurrentVersionExpiration": {"NoncurrentDays": 400, "NewerNoncurrentVersions": 50},
    "Expiration": {"ExpiredObjectDeleteMarker": True},
    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
}


class Bucket(TypedDict):
    """The arguments of every call about the bucket's settings."""

    Bucket: str
    ExpectedBucketOwner: NotRequired[str]


Step = Callable[["S3Client", Bucket], None]

_checked_at: dict[tuple[int, Account], float] = {}


class BucketUnsafe(SentenceError):
    """The bucket must not hold states. The message says why, and what to do."""


def ensure_bucket(account: Account) -> None:
    """Create the account's state bucket, or check it and add missing settings. Idempotent.

    A successful check is valid for ten minutes in this process. A simulated account can lose its data at any
    time, so there the bucket's existence is checked each time. Raises BucketUnsafe, CloudUnavailable,
    CredentialsRefused.
    """
    key = (os.getpid(), account)
    s3 = credentials.client("s3", account)
    is_checked = time.monotonic() - _checked_at.get(key, float("-inf")) < _CHECK_VALID_SECONDS
    if is_checked and account.kind == "aws":
        return
    bucket: Bucket = {"Bucket": account.bucket}
    if account.kind == "aws":
        # Reject a bucket that somebody else created under this name and made accessible to us.
        bucket["ExpectedBucketOwner"] = _owner(account)
    exists = _exists(s3, account, bucket)
    if is_checked and exists:
        return
    if not exists:
        _create(s3, account)
    _configure(s3, account, bucket)
    _checked_at[key] = time.monotonic()


def _exists(s3: S3Client, account: Account, bucket: Bucket) -> bool:
    with readable_errors(account, failure=sentence("Could not check the state bucket.")):
        try:
            found = s3.head_bucket(**bucket)
        except ClientError as error:
            if error_code(error) in ("404", "NoSuchBucket"):
                return False
            if error_code(error) in ("400", *_DENIED):
                # The response to HEAD has no body. A call with a body shows what was denied.
                _raise_unless_bucket_denied(s3, bucket)
            if error_code(error) in _DENIED:
                raise BucketUnsafe(_not_ours(account)) from error
            raise
    # boto3 silently follows a bucket to its region. Terraform's backend does not.
    if (region := found.get("BucketRegion") or account.region) != account.region:
        raise BucketUnsafe(_elsewhere(account, region))
    return True


def _raise_unless_bucket_denied(s3: S3Client, bucket: Bucket) -> None:
    """Raise the ClientError if the credentials are denied, not the bucket."""
    try:
        s3.list_objects_v2(**bucket, MaxKeys=0)
    except ClientError as error:
        if error_code(error) not in _DENIED:
            raise


def _create(s3: S3Client, account: Account) -> None:
    where: dict[str, Any] = {"CreateBucketConfiguration": {"LocationConstraint": account.region}}
    with readable_errors(account, failure=sentence("Could not create the state bucket.")):
        try:
            s3.create_bucket(Bucket=account.bucket, **({} if account.region == "us-east-1" else where))
        except ClientError as error:
            # Two workers may create it at the same time. The second one uses the bucket of the first.
            if error_code(error) in ("BucketAlreadyOwnedByYou", "OperationAborted"):
                s3.get_waiter("bucket_exists").wait(
                    Bucket=account.bucket, WaiterConfig={"Delay": 1, "MaxAttempts": 10}
                )
            elif error_code(error) == "BucketAlreadyExists":
                raise BucketUnsafe(_not_ours(account)) from error
            else:
                raise


def _configure(s3: S3Client, account: Account, bucket: Bucket) -> None:
    # The simulated account uses plain HTTP: requiring TLS would deny all access to its bucket.
    plain = (account.endpoint_url or "").startswith("http://")
    for problem, step in _STEPS:
        if plain and step is _require_tls:
            continue
        with readable_errors(account, failure=sentence("Could not configure the state bucket.")):
            try:
                _with_retry(step, s3, bucket)
            except ClientError as error:
                if error_code(error) not in ("AccessDenied", "403"):
                    raise
                raise BucketUnsafe(
                    sentence(
                        "The state bucket %(bucket)s of the account %(account)s cannot be used.",
                        bucket=account.bucket,
                        account=account.slug,
                    ),
                    problem,
                    sentence(
                        "The portal's role is not allowed to change that. Allow it, or set another "
                        "state_bucket."
                    ),
                ) from error


def _with_retry(step: Step, s3: S3Client, bucket: Bucket) -> None:
    for attempt in range(_ATTEMPTS):
        try:
            return step(s3, bucket)
        except ClientError as error:
            # S3 accepts one change of a bucket's settings at a time, and another worker is making one.
            if error_code(error) != "OperationAborted" or attempt == _ATTEMPTS - 1:
                raise
            time.sleep(0.5 + attempt)
    return None


def _owner(account: Account) -> str:
    with readable_errors(account, failure=sentence("Could not read the portal's identity in AWS.")):
        return credentials.client("sts", account).get_caller_identity()["Account"]


def _block_public_access(s3: S3Client, bucket: Bucket) -> None:
    found = _or_missing(s3.get_public_access_block, "NoSuchPublicAccessBlockConfiguration", bucket)
    if found.get("PublicAccessBlockConfiguration") != _PRIVATE:
        s3.put_public_access_block(**bucket, PublicAccessBlockConfiguration=_PRIVATE)


def _version(s3: S3Client, bucket: Bucket) -> None:
    if s3.get_bucket_versioning(**bucket).get("Status") != "Enabled":
        s3.put_bucket_versioning(**bucket, VersioningConfiguration={"Status": "Enabled"})


def _encrypt(s3: S3Client, bucket: Bucket) -> None:
    missing = "ServerSideEncryptionConfigurationNotFoundError"
    if not _or_missing(s3.get_bucket_encryption, missing, bucket).get("ServerSideEncryptionConfiguration"):
        rule: ServerSideEncryptionRuleTypeDef = {
            "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}
        }
        s3.put_bucket_encryption(
            **bucket,
            ServerSideEncryptionConfiguration={"Rules": [rule]},
        )


def _require_tls(s3: S3Client, bucket: Bucket) -> None:
    found = _or_missing(s3.get_bucket_policy, "NoSuchBucketPolicy", bucket).get("Policy")
    policy: dict[str, Any] = json.loads(found) if found else {"Version": "2012-10-17", "Statement": []}
    if any(statement.get("Sid") == _POLICY_ID for statement in policy["Statement"]):
        return
    arn = f"arn:aws:s3:::{bucket['Bucket']}"
    # Other statements of the policy are somebody's decision. Keep them.
    policy["Statement"].append(
        {
            "Sid": _POLICY_ID,
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [arn, f"{arn}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    )
    s3.put_bucket_policy(**bucket, Policy=json.dumps(policy))


def _clean_up(s3: S3Client, bucket: Bucket) -> None:
    found = _or_missing(s3.get_bucket_lifecycle_configuration, "NoSuchLifecycleConfiguration", bucket)
    rules = found.get("Rules", [])
    if not any(rule.get("ID") == _LIFECYCLE["ID"] for rule in rules):
        s3.put_bucket_lifecycle_configuration(
            **bucket,
            LifecycleConfiguration={"Rules": [*rules, _LIFECYCLE]},
        )


# What is wrong with the bucket, and how to correct it.
_STEPS: tuple[tuple[Sentence, Step], ...] = (
    (sentence("Public access is not blocked."), _block_public_access),
    (sentence("Versioning is off."), _version),
    (sentence("Encryption is off."), _encrypt),
    (sentence("Access without TLS is not denied."), _require_tls),
    (sentence("Old locks are not cleaned up."), _clean_up),
)


def _or_missing(call: Any, code: str, bucket: Bucket) -> dict[str, Any]:
    try:
        return dict(call(**bucket))
    except ClientError as error:
        if error_code(error) != code:
            raise
        return {}


def _not_ours(account: Account) -> Sentence:
    return sentence(
        "The state bucket %(bucket)s of the account %(account)s belongs to another account, or the portal's "
        "role may not see it. Set another state_bucket, or allow the role s3:ListBucket on it.",
        bucket=account.bucket,
        account=account.slug,
    )


def _elsewhere(account: Account, region: str) -> Sentence:
    return sentence(
        "The state bucket %(bucket)s of the account %(account)s is in %(actual)s, not in %(region)s. Set the "
        "account's region to the bucket's, or set another state_bucket.",
        bucket=account.bucket,
        account=account.slug,
        actual=region,
        region=account.region,
    )
