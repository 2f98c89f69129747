"""The S3 bucket for Terraform's states: versioned, encrypted, never public, over TLS only."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from provisioner.cloud import credentials
from provisioner.cloud.account import Account
from provisioner.cloud.failures import error_code, readable_errors

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import LifecycleRuleTypeDef

_TRUSTED_FOR_SECONDS = 600
_TURNS = 5
_REFUSED = ("403", "AccessDenied")
_POLICY_ID = "PortalTlsOnly"
_PRIVATE = {
    "BlockPublicAcls": True,
    "IgnorePublicAcls": True,
    "BlockPublicPolicy": True,
    "RestrictPublicBuckets": True,
}
# Each run leaves a version and a delete marker of its lock. Fifty old states are kept, however old.
_LIFECYCLE: LifecycleRuleTypeDef = {
    "ID": "portal-old-locks-and-states",
    "Status": "Enabled",
    "Filter": {"Prefix": "environments/"},
    "NoncurrentVersionExpiration": {"NoncurrentDays": 400, "NewerNoncurrentVersions": 50},
    "Expiration": {"ExpiredObjectDeleteMarker": True},
    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
}

# The arguments of every call about the bucket's settings: its name and its owner.
Bucket = dict[str, str]

_checked_at: dict[tuple[int, Account], float] = {}


class BucketUnsafe(Exception):
    """The bucket must not hold states. The message says what is wrong with it and what to do."""


def ensure_bucket(account: Account) -> None:
    """Create the account's state bucket, or check it and fix what is missing. Safe to call at any time.

    A success is valid for ten minutes in this process. The bucket of a simulated account, which can start
    again empty at any time, is checked each time. Raises BucketUnsafe, CloudUnavailable, CredentialsRefused.
    """
    key = (os.getpid(), account)
    s3 = credentials.client("s3", account)
    trusted = time.monotonic() - _checked_at.get(key, float("-inf")) < _TRUSTED_FOR_SECONDS
    if trusted and account.kind == "aws":
        return
    bucket = {"Bucket": account.bucket}
    if account.kind == "aws":
        # A bucket of another account with our name, which is open to us, is refused.
        bucket["ExpectedBucketOwner"] = _owner(account)
    exists = _exists(s3, account, bucket)
    if trusted and exists:
        return
    if not exists:
        _create(s3, account)
    _put_right(s3, account, bucket)
    _checked_at[key] = time.monotonic()


def _exists(s3: Any, account: Account, bucket: Bucket) -> bool:
    with readable_errors(account, doing="to look at the state bucket"):
        try:
            found = s3.head_bucket(**bucket)
        except ClientError as error:
            if error_code(error) in ("404", "NoSuchBucket"):
                return False
            if error_code(error) in ("400", *_REFUSED):
                # The answer to HEAD has no body; another call's answer says what is refused.
                _let_explain(s3, bucket)
            if error_code(error) in _REFUSED:
                raise BucketUnsafe(_foreign(account)) from error
            raise
    # boto3 follows a bucket to its region without an error; Terraform's backend does not.
    if (region := found.get("BucketRegion") or account.region) != account.region:
        raise BucketUnsafe(_elsewhere(account, region))
    return True


def _let_explain(s3: Any, bucket: Bucket) -> None:
    """Raises ClientError if not the bucket is refused, but the caller."""
    try:
        s3.list_objects_v2(**bucket, MaxKeys=0)
    except ClientError as error:
        if error_code(error) not in _REFUSED:
            raise


def _create(s3: S3Client, account: Account) -> None:
    where: dict[str, Any] = {"CreateBucketConfiguration": {"LocationConstraint": account.region}}
    with readable_errors(account, doing="to create the state bucket"):
        try:
            s3.create_bucket(Bucket=account.bucket, **({} if account.region == "us-east-1" else where))
        except ClientError as error:
            # Two workers can create it at the same moment: the second finds it and continues.
            if error_code(error) in ("BucketAlreadyOwnedByYou", "OperationAborted"):
                s3.get_waiter("bucket_exists").wait(
                    Bucket=account.bucket, WaiterConfig={"Delay": 1, "MaxAttempts": 10}
                )
            elif error_code(error) == "BucketAlreadyExists":
                raise BucketUnsafe(_foreign(account)) from error
            else:
                raise


def _put_right(s3: Any, account: Account, bucket: Bucket) -> None:
    # The simulated account uses plain HTTP: a policy that requires TLS would lock everybody out.
    plain = (account.endpoint_url or "").startswith("http://")
    for wrong, step in _STEPS.items():
        if plain and step is _demand_tls:
            continue
        with readable_errors(account, doing="to set up the state bucket"):
            try:
                _in_turn(step, s3, bucket)
            except ClientError as error:
                if error_code(error) not in ("AccessDenied", "403"):
                    raise
                raise BucketUnsafe(
                    f"The state bucket {account.bucket} of the account {account.slug} cannot be used: "
                    f"{wrong}, and the portal's role may not change that. Allow it, or set another "
                    f"state_bucket."
                ) from error


def _in_turn(step: Callable[[Any, Bucket], None], s3: Any, bucket: Bucket) -> None:
    for attempt in range(_TURNS):
        try:
            return step(s3, bucket)
        except ClientError as error:
            # S3 allows one change of a bucket's settings at a time: another worker's is running.
            if error_code(error) != "OperationAborted" or attempt == _TURNS - 1:
                raise
            time.sleep(0.5 + attempt)
    return None


def _owner(account: Account) -> str:
    with readable_errors(account, doing="to identify the portal"):
        return credentials.client("sts", account).get_caller_identity()["Account"]


def _block_public_access(s3: Any, bucket: Bucket) -> None:
    found = _or_missing(s3.get_public_access_block, "NoSuchPublicAccessBlockConfiguration", bucket)
    if found.get("PublicAccessBlockConfiguration") != _PRIVATE:
        s3.put_public_access_block(**bucket, PublicAccessBlockConfiguration=_PRIVATE)


def _version(s3: Any, bucket: Bucket) -> None:
    if s3.get_bucket_versioning(**bucket).get("Status") != "Enabled":
        s3.put_bucket_versioning(**bucket, VersioningConfiguration={"Status": "Enabled"})


def _encrypt(s3: Any, bucket: Bucket) -> None:
    missing = "ServerSideEncryptionConfigurationNotFoundError"
    if not _or_missing(s3.get_bucket_encryption, missing, bucket).get("ServerSideEncryptionConfiguration"):
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
        s3.put_bucket_encryption(
            **bucket,
            ServerSideEncryptionConfiguration={"Rules": [rule]},
        )


def _demand_tls(s3: Any, bucket: Bucket) -> None:
    found = _or_missing(s3.get_bucket_policy, "NoSuchBucketPolicy", bucket).get("Policy")
    policy: dict[str, Any] = json.loads(found) if found else {"Version": "2012-10-17", "Statement": []}
    if any(statement.get("Sid") == _POLICY_ID for statement in policy["Statement"]):
        return
    arn = f"arn:aws:s3:::{bucket['Bucket']}"
    # Other statements of the policy are a decision of the account's owner: they stay.
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


def _clean_up(s3: Any, bucket: Bucket) -> None:
    found = _or_missing(s3.get_bucket_lifecycle_configuration, "NoSuchLifecycleConfiguration", bucket)
    rules = found.get("Rules", [])
    if not any(rule.get("ID") == _LIFECYCLE["ID"] for rule in rules):
        s3.put_bucket_lifecycle_configuration(
            **bucket,
            LifecycleConfiguration={"Rules": [*rules, _LIFECYCLE]},
        )


_STEPS: dict[str, Callable[[Any, Bucket], None]] = {
    "public access is not blocked": _block_public_access,
    "versioning is off": _version,
    "encryption is off": _encrypt,
    "access without TLS is not denied": _demand_tls,
    "old locks are not cleaned up": _clean_up,
}


def _or_missing(call: Any, code: str, bucket: Bucket) -> dict[str, Any]:
    try:
        return dict(call(**bucket))
    except ClientError as error:
        if error_code(error) != code:
            raise
        return {}


def _foreign(account: Account) -> str:
    return (
        f"The state bucket {account.bucket} of the account {account.slug} belongs to another account, or the "
        f"portal's role may not see it. Set another state_bucket, or allow the role s3:ListBucket on it."
    )


def _elsewhere(account: Account, region: str) -> str:
    return (
        f"The state bucket {account.bucket} of the account {account.slug} is in {region}, not in "
        f"{account.region}. Set the account's region to the bucket's, or set another state_bucket."
    )
