"""A load balancer's log goes where the load balancer may write: it tries as soon as it is told to."""

import json
from fnmatch import fnmatchcase
from typing import Any

from moto.elbv2.exceptions import InvalidConfigurationRequest
from moto.elbv2.models import ELBv2Backend
from moto.s3.models import s3_backends

from simulator.patches import replacing

WRITERS = {
    "application": "logdelivery.elasticloadbalancing.amazonaws.com",
    "network": "delivery.logs.amazonaws.com",
}


def apply() -> None:
    @replacing.wrap(ELBv2Backend, "modify_load_balancer_attributes")
    def modify_load_balancer_attributes(
        original: replacing.Method, self: Any, arn: str, attrs: dict[str, str]
    ) -> Any:
        balancer = self.load_balancers.get(arn)
        if balancer is not None:
            _demand_permission(self, balancer, {**balancer.attrs, **attrs})
        return original(self, arn, attrs)


def _demand_permission(load_balancing: Any, balancer: Any, attrs: dict[str, str]) -> None:
    if attrs.get("access_logs.s3.enabled") != "true":
        return
    name, prefix = attrs["access_logs.s3.bucket"], attrs["access_logs.s3.prefix"]
    # The object that AWS writes to try it.
    parts = [prefix, "AWSLogs", load_balancing.account_id, "ELBAccessLogTestFile"]
    if not _may_write(name, "/".join(filter(None, parts)), balancer=balancer):
        raise InvalidConfigurationRequest(
            f"Access Denied for bucket: {name}. Please check S3bucket permission"
        )


def _may_write(name: str, key: str, *, balancer: Any) -> bool:
    partition, owner = s3_backends.bucket_accounts.get(name, ("", ""))
    if not owner:
        return False
    policy = s3_backends[owner][partition].buckets[name].policy
    return any(
        statement["Effect"] == "Allow"
        and _is_for(statement.get("Principal"), balancer=balancer)
        and _covers(statement.get("Action"), "s3:PutObject")
        and _covers(statement.get("Resource"), f"arn:{partition}:s3:::{name}/{key}")
        for statement in (json.loads(policy)["Statement"] if policy else [])
    )


def _is_for(principal: Any, *, balancer: Any) -> bool:
    if not isinstance(principal, dict):
        return bool(principal == "*")
    # The accounts in whose name load balancers wrote in older regions are AWS's: any account does here.
    return "AWS" in principal or _covers(principal.get("Service"), WRITERS.get(balancer.type, ""))


def _covers(patterns: Any, name: str) -> bool:
    listed = patterns if isinstance(patterns, list) else [patterns or ""]
    return any(fnmatchcase(name.lower(), pattern.lower()) for pattern in listed)
