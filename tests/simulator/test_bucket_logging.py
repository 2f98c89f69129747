import json
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from tests.simulator.server import REGION, Account


def log_to_bucket_that_requires_tls(account: Account, *, may_write: bool = True) -> str:
    """Enable access logs to a bucket whose policy requires TLS. Returns the target bucket."""
    s3, source, target = account.client("s3"), f"site-{uuid4().hex}", f"logs-{uuid4().hex}"
    for bucket in (source, target):
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    tls_only = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": f"arn:aws:s3:::{target}/*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    writes = {
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{target}/bucket/*",
    }
    statements = [tls_only, writes] if may_write else [tls_only]
    s3.put_bucket_policy(Bucket=target, Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))
    s3.put_bucket_logging(
        Bucket=source,
        BucketLoggingStatus={"LoggingEnabled": {"TargetBucket": target, "TargetPrefix": "bucket/"}},
    )
    return str(s3.get_bucket_logging(Bucket=source)["LoggingEnabled"]["TargetBucket"])


class TestBucketAccessLogs:
    def test_cannot_go_to_a_bucket_that_requires_tls_in_plain_moto(self, plain_moto: Account) -> None:
        with pytest.raises(ClientError, match="500"):
            log_to_bucket_that_requires_tls(plain_moto)

    def test_can_go_to_a_bucket_that_requires_tls(self, account: Account) -> None:
        assert log_to_bucket_that_requires_tls(account).startswith("logs-")

    def test_still_need_permission_to_write(self, account: Account) -> None:
        with pytest.raises(ClientError, match="You must either provide the necessary permissions"):
            log_to_bucket_that_requires_tls(account, may_write=False)
