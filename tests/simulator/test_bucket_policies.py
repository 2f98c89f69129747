import json
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from tests.simulator.server import REGION, Account


def read_from_bucket_with_deny(account: Account, **condition: object) -> bytes:
    """Read an object from a bucket whose policy denies everything under this condition."""
    s3, bucket = account.client("s3"), f"site-{uuid4().hex}"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket=bucket, Key="index.html", Body=b"hello")
    denied = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"],
        **condition,
    }
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [denied]}))
    content: bytes = s3.get_object(Bucket=bucket, Key="index.html")["Body"].read()
    return content


TLS_ONLY = {"Condition": {"Bool": {"aws:SecureTransport": "false"}}}


class TestBucketThatRequiresTls:
    def test_denies_access_in_plain_moto(self, plain_moto: Account) -> None:
        with pytest.raises(ClientError, match=r"Forbidden|AccessDenied"):
            read_from_bucket_with_deny(plain_moto, **TLS_ONLY)

    def test_allows_access(self, account: Account) -> None:
        assert read_from_bucket_with_deny(account, **TLS_ONLY) == b"hello"

    def test_denies_access_if_its_policy_denies_more(self, account: Account) -> None:
        with pytest.raises(ClientError, match=r"Forbidden|AccessDenied"):
            read_from_bucket_with_deny(account)
