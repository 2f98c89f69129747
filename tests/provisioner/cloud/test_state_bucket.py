from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import requests

from provisioner.cloud import Account, credentials, failures, state_storage
from tests.provisioner.cloud.make_account import MakeAccount

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import LifecycleRuleTypeDef


def test_creates_a_bucket_that_is_versioned_encrypted_and_private(account: Account, s3: S3Client) -> None:
    state_storage.ensure_bucket(account)

    bucket = account.bucket
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    assert s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    assert all(s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"].values())
    assert s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    assert s3.get_bucket_location(Bucket=bucket)["LocationConstraint"] == "ap-northeast-2"


def test_creates_a_bucket_in_the_region_without_a_location_constraint(
    make_account: MakeAccount, s3: S3Client
) -> None:
    account = make_account(region="us-east-1")

    state_storage.ensure_bucket(account)

    assert s3.get_bucket_versioning(Bucket=account.bucket)["Status"] == "Enabled"


def test_adds_missing_settings_and_keeps_those_of_others(account: Account, s3: S3Client) -> None:
    s3.create_bucket(
        Bucket=account.bucket, CreateBucketConfiguration={"LocationConstraint": "ap-northeast-2"}
    )
    s3.put_bucket_versioning(Bucket=account.bucket, VersioningConfiguration={"Status": "Suspended"})
    theirs: LifecycleRuleTypeDef = {
        "ID": "theirs",
        "Status": "Enabled",
        "Filter": {"Prefix": "logs/"},
        "Expiration": {"Days": 3},
    }
    s3.put_bucket_lifecycle_configuration(Bucket=account.bucket, LifecycleConfiguration={"Rules": [theirs]})

    state_storage.ensure_bucket(account)

    assert s3.get_bucket_versioning(Bucket=account.bucket)["Status"] == "Enabled"
    rules = s3.get_bucket_lifecycle_configuration(Bucket=account.bucket)["Rules"]
    assert [rule["ID"] for rule in rules] == ["theirs", "portal-old-locks-and-states"]


class TestOverTls:
    def test_denies_access_without_tls_and_keeps_statements_of_others(
        self, real_account: Account, tls_endpoint: str, s3: S3Client
    ) -> None:
        account = replace(real_account, endpoint_url=tls_endpoint)
        theirs = {
            "Sid": "Theirs",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:DeleteBucket",
            "Resource": "*",
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [theirs]})
        s3.create_bucket(
            Bucket=account.bucket, CreateBucketConfiguration={"LocationConstraint": "ap-northeast-2"}
        )
        s3.put_bucket_policy(Bucket=account.bucket, Policy=policy)

        state_storage.ensure_bucket(account)
        state_storage.ensure_bucket(account)

        kept, ours = json.loads(s3.get_bucket_policy(Bucket=account.bucket)["Policy"])["Statement"]
        assert kept == theirs
        assert (ours["Effect"], ours["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_is_safe_for_eight_workers_at_once(account: Account, s3: S3Client) -> None:
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(state_storage.ensure_bucket, [account] * 8))

    assert outcomes == [None] * 8
    assert len(s3.get_bucket_lifecycle_configuration(Bucket=account.bucket)["Rules"]) == 1


def test_makes_one_request_the_second_time(account: Account) -> None:
    asked: list[str] = []
    events = credentials.client("s3", account).meta.events
    events.register("before-call", lambda model, **more: asked.append(model.name))
    state_storage.ensure_bucket(account)
    assert len(asked) > 5
    asked.clear()

    state_storage.ensure_bucket(account)

    assert asked == ["HeadBucket"]


def test_creates_the_bucket_again_after_the_simulated_account_lost_its_data(
    account: Account, s3: S3Client
) -> None:
    state_storage.ensure_bucket(account)
    s3.delete_bucket(Bucket=account.bucket)

    state_storage.ensure_bucket(account)

    assert s3.get_bucket_versioning(Bucket=account.bucket)["Status"] == "Enabled"


@pytest.mark.parametrize(
    ("status", "refusal", "words"),
    [
        (403, state_storage.BucketUnsafe, r"belongs to another account.*Set another state_bucket"),
        (503, failures.CloudUnavailable, "could not answer"),
    ],
)
def test_explains_why_a_bucket_of_somebody_else_is_rejected(
    real_account: Account,
    s3_that_answers: Callable[..., str],
    status: int,
    refusal: type[Exception],
    words: str,
) -> None:
    squatted = replace(real_account, endpoint_url=s3_that_answers(status))

    with pytest.raises(refusal, match=words):
        state_storage.ensure_bucket(squatted)


@pytest.mark.parametrize(("status", "code"), [(403, "InvalidAccessKeyId"), (400, "ExpiredToken")])
def test_does_not_blame_the_bucket_if_the_credentials_are_denied(
    account: Account, s3_that_answers: Callable[..., str], status: int, code: str
) -> None:
    refusing = replace(account, endpoint_url=s3_that_answers(status, code))

    with pytest.raises(
        failures.CredentialsRefused, match=rf"Could not check the state bucket\. .*\({code}\)"
    ):
        state_storage.ensure_bucket(refusing)


def test_rejects_a_bucket_in_another_region(account: Account) -> None:
    elsewhere = replace(account, region="eu-west-1", state_bucket=account.bucket)
    state_storage.ensure_bucket(elsewhere)

    with pytest.raises(state_storage.BucketUnsafe, match="is in eu-west-1, not in ap-northeast-2"):
        state_storage.ensure_bucket(account)


def test_raises_cloud_unavailable_if_the_account_does_not_answer(account: Account, unused_port: int) -> None:
    away = replace(account, endpoint_url=f"http://127.0.0.1:{unused_port}")

    with pytest.raises(failures.CloudUnavailable, match=f"does not answer at http://127.0.0.1:{unused_port}"):
        state_storage.ensure_bucket(away)


def test_raises_credentials_refused_if_they_are_denied(real_account: Account, aws_endpoint: str) -> None:
    requests.post(f"{aws_endpoint}/moto-api/reset-auth", data=b"0", timeout=5)
    try:
        with pytest.raises(failures.CredentialsRefused, match="Could not read the portal's identity"):
            state_storage.ensure_bucket(real_account)
    finally:
        requests.post(f"{aws_endpoint}/moto-api/reset-auth", data=b"inf", timeout=5)


def test_does_not_check_a_bucket_in_aws_again_for_ten_minutes(real_account: Account, s3: S3Client) -> None:
    state_storage.ensure_bucket(real_account)
    s3.delete_bucket(Bucket=real_account.bucket)

    state_storage.ensure_bucket(real_account)

    assert real_account.bucket not in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
