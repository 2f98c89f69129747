"""A load balancer needs permission to write its access logs: AWS checks it when the logs are enabled."""

import json
from fnmatch import fnmatchcase
from typing import Any

from moto.elbv2.exceptions import InvalidConfigurationRequest
from moto.elbv2.models import ELBv2Backend, FakeLoadBalancer
from moto.s3.models import s3_backends

from simulator.patches import patching

WRITERS = {
    "application": "logdelivery.elasticloadbalancing.amazonaws.com",
    "network": "delivery.logs.amazonaws.com",
}


def apply() -> None:
    @patching.wrap(ELBv2Backend, "modify_load_balancer_attributes")
    def modify_load_balancer_attributes(
        original: patching.Method, self: ELBv2Backend, arn: str, attrs: dict[str, str]
    ) -> object:
        balancer = self.load_balancers.get(arn)
        if balancer is not None:
            _require_permission(self, balancer, {**balancer.attrs, **attrs})
        return original(self, arn, attrs)


def _require_permission(
    load_balancing: ELBv2Backend, balancer: FakeLoadBalancer, attrs: dict[str, str]
) -> None:
    if attrs.get("access_logs.s3.enabled") != "true":
        return
    bucket, prefix = attrs["access_logs.s3.bucket"], attrs["access_logs.s3.prefix"]
    # The object that AWS writes as a test.
    parts = [prefix, "AWSLogs", load_balancing.account_id, "ELBAccessLogTestFile"]
    if not _may_write(bucket, "/".join(filter(None, parts)), balancer=balancer):
        raise InvalidConfigurationRequest(
            f"Access Denied for bucket: {bucket}. Please check S3bucket permission"
        )


def _may_write(bucket: str, key: str, *, balancer: FakeLoadBalancer) -> bool:
    partition, owner = s3_backends.bucket_accounts.get(bucket, ("", ""))
    if not owner:
        return False
    policy = s3_backends[owner][partition].buckets[bucket].policy
    return any(
        statement["Effect"] == "Allow"
        and _includes(statement.get("Principal"), balancer=balancer)
        and _matches(statement.get("Action"), "s3:PutObject")
        and _matches(statement.get("Resource"), f"arn:{partition}:s3:::{bucket}/{key}")
        for statement in (json.loads(policy)["Statement"] if policy else [])
    )


def _includes(principal: Any, *, balancer: FakeLoadBalancer) -> bool:
    if not isinstance(principal, dict):
        return bool(principal == "*")
    # In older regions load balancers write as an account of AWS. Any account is accepted here.
    return "AWS" in principal or _matches(principal.get("Service"), WRITERS.get(balancer.type, ""))


def _matches(patterns: Any, name: str) -> bool:
    pattern_list = patterns if isinstance(patterns, list) else [patterns or ""]
    return any(fnmatchcase(name.lower(), pattern.lower()) for pattern in pattern_list)
