import json
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from tests.simulator.server import REGION, Account


def read_from_a_bucket_that_denies(account: Account, **condition: Any) -> bytes:
    """What is read from a bucket that denies everything on this condition."""
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


class TestBucketThatDemandsTls:
    def test_is_shut_in_moto_alone(self, moto_alone: Account) -> None:
        with pytest.raises(ClientError, match=r"Forbidden|AccessDenied"):
            read_from_a_bucket_that_denies(moto_alone, **TLS_ONLY)

    def test_answers_in_ours(self, account: Account) -> None:
        assert read_from_a_bucket_that_denies(account, **TLS_ONLY) == b"hello"

    def test_is_shut_where_it_denies_more(self, account: Account) -> None:
        with pytest.raises(ClientError, match=r"Forbidden|AccessDenied"):
            read_from_a_bucket_that_denies(account)
