import json
from typing import Any
from uuid import uuid4

import pytest

from tests.simulator import network
from tests.simulator.server import REGION, Account

OURS = "123456789012"
WRITER = {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}
SEOULS_LOAD_BALANCERS = {"AWS": "arn:aws:iam::600734575887:root"}


def create_bucket(account: Account, **statement: Any) -> str:
    """One with a policy of this statement; without any, if there is nothing to say."""
    s3, name = account.client("s3"), f"logs-{uuid4().hex}"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    if statement:
        allowed = {"Effect": "Allow", "Action": "s3:PutObject", **statement}
        allowed["Resource"] = f"arn:aws:s3:::{name}/{statement['Resource']}"
        s3.put_bucket_policy(
            Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
        )
    return name


def log_into(account: Account, bucket: str, *, prefix: str = "") -> None:
    """Have a new load balancer write its log there."""
    elbv2 = account.client("elbv2")
    [balancer] = elbv2.create_load_balancer(
        Name=f"lb-{uuid4().hex[:20]}", Subnets=network.create(account).subnets, Scheme="internal"
    )["LoadBalancers"]
    wanted = {"enabled": "true", "bucket": bucket, "prefix": prefix}
    elbv2.modify_load_balancer_attributes(
        LoadBalancerArn=balancer["LoadBalancerArn"],
        Attributes=[{"Key": f"access_logs.s3.{name}", "Value": value} for name, value in wanted.items()],
    )


class TestAccessLogs:
    def test_go_into_a_bucket_that_does_not_exist_in_moto_alone(self, moto_alone: Account) -> None:
        log_into(moto_alone, "nowhere")

    def test_need_a_bucket_in_ours(self, account: Account) -> None:
        with pytest.raises(
            account.client("elbv2").exceptions.InvalidConfigurationRequestException
        ) as refused:
            log_into(account, "nowhere")

        assert refused.value.response["Error"]["Message"] == (
            "Access Denied for bucket: nowhere. Please check S3bucket permission"
        )

    @pytest.mark.parametrize(
        "statement",
        [
            {},
            {"Principal": WRITER, "Resource": "*", "Effect": "Deny"},
            {"Principal": WRITER, "Resource": "*", "Action": "s3:GetObject"},
            {"Principal": WRITER, "Resource": "AWSLogs/999999999999/*"},
            {"Principal": {"Service": "delivery.logs.amazonaws.com"}, "Resource": "*"},
        ],
    )
    def test_need_the_right_to_write_there(self, account: Account, statement: dict[str, Any]) -> None:
        bucket = create_bucket(account, **statement)

        with pytest.raises(account.client("elbv2").exceptions.InvalidConfigurationRequestException):
            log_into(account, bucket)

    @pytest.mark.parametrize("principal", [WRITER, SEOULS_LOAD_BALANCERS, "*"])
    def test_go_where_the_load_balancer_may_write(self, account: Account, principal: Any) -> None:
        log_into(account, create_bucket(account, Principal=principal, Resource=f"AWSLogs/{OURS}/*"))

    def test_go_below_their_prefix(self, account: Account) -> None:
        bucket = create_bucket(
            account, Principal=WRITER, Resource=f"front/AWSLogs/{OURS}/*", Action=["s3:Get*", "s3:Put*"]
        )

        log_into(account, bucket, prefix="front")
        with pytest.raises(account.client("elbv2").exceptions.InvalidConfigurationRequestException):
            log_into(account, bucket, prefix="back")
