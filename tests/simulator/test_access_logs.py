import json
from uuid import uuid4

import pytest

from simulator.json_types import JsonObject
from tests.simulator import network
from tests.simulator.server import REGION, Account

ACCOUNT_ID = "123456789012"
LOG_DELIVERY = {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}
ELB_ACCOUNT_IN_SEOUL = {"AWS": "arn:aws:iam::600734575887:root"}


def create_bucket(account: Account, **statement: object) -> str:
    """A bucket whose policy has this statement, or a bucket without a policy."""
    s3, name = account.client("s3"), f"logs-{uuid4().hex}"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    if statement:
        allowed = {"Effect": "Allow", "Action": "s3:PutObject", **statement}
        allowed["Resource"] = f"arn:aws:s3:::{name}/{statement['Resource']}"
        s3.put_bucket_policy(
            Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
        )
    return name


def enable_access_logs(account: Account, bucket: str, *, prefix: str = "") -> None:
    """Create a load balancer that writes its access logs to the bucket."""
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
    def test_are_enabled_for_a_missing_bucket_in_plain_moto(self, plain_moto: Account) -> None:
        enable_access_logs(plain_moto, "nowhere")

    def test_need_an_existing_bucket(self, account: Account) -> None:
        with pytest.raises(account.client("elbv2").exceptions.InvalidConfigurationRequestException) as caught:
            enable_access_logs(account, "nowhere")

        assert caught.value.response["Error"]["Message"] == (
            "Access Denied for bucket: nowhere. Please check S3bucket permission"
        )

    @pytest.mark.parametrize(
        "statement",
        [
            {},
            {"Principal": LOG_DELIVERY, "Resource": "*", "Effect": "Deny"},
            {"Principal": LOG_DELIVERY, "Resource": "*", "Action": "s3:GetObject"},
            {"Principal": LOG_DELIVERY, "Resource": "AWSLogs/999999999999/*"},
            {"Principal": {"Service": "delivery.logs.amazonaws.com"}, "Resource": "*"},
        ],
    )
    def test_need_permission_to_write_to_the_bucket(self, account: Account, statement: JsonObject) -> None:
        bucket = create_bucket(account, **statement)

        with pytest.raises(account.client("elbv2").exceptions.InvalidConfigurationRequestException):
            enable_access_logs(account, bucket)

    @pytest.mark.parametrize("principal", [LOG_DELIVERY, ELB_ACCOUNT_IN_SEOUL, "*"])
    def test_are_enabled_if_the_load_balancer_may_write(self, account: Account, principal: object) -> None:
        enable_access_logs(
            account, create_bucket(account, Principal=principal, Resource=f"AWSLogs/{ACCOUNT_ID}/*")
        )

    def test_need_permission_for_their_prefix(self, account: Account) -> None:
        bucket = create_bucket(
            account,
            Principal=LOG_DELIVERY,
            Resource=f"front/AWSLogs/{ACCOUNT_ID}/*",
            Action=["s3:Get*", "s3:Put*"],
        )

        enable_access_logs(account, bucket, prefix="front")
        with pytest.raises(account.client("elbv2").exceptions.InvalidConfigurationRequestException):
            enable_access_logs(account, bucket, prefix="back")
