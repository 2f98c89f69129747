"""Resources that are known only by their ARN: their kind, their cost, and whether they still exist."""

from __future__ import annotations

from collections.abc import Callable

from botocore.exceptions import ClientError

from provisioner.cloud import prices
from provisioner.cloud.account import Account
from provisioner.cloud.failures import error_code
from provisioner.cloud.tagged_resources.resource import Resource, client

# A part of the ARN, the kind, US dollars a day (None: not known).
_KINDS: tuple[tuple[str, str, float | None], ...] = (
    (":loadbalancer/", "load balancer", prices.LOAD_BALANCER),
    (":targetgroup/", "target group", 0.0),
    (":listener/", "listener", 0.0),
    (":listener-rule/", "listener rule", 0.0),
    (":distribution/", "distribution", 0.0),
    (":log-group:", "log group", None),
    (":s3:::", "bucket", None),
    (":repository/", "image repository", None),
    (":kms:", "key", prices.KEY),
    (":alarm:", "alarm", prices.ALARM),
    (":parameter/", "parameter", 0.0),
    (":document/", "command document", 0.0),
    (":secret:", "secret", prices.SECRET),
    (":natgateway/", "NAT gateway", prices.NAT_GATEWAY),
    (":elastic-ip/", "public address", prices.PUBLIC_ADDRESS),
    (":db:", "database", None),
    (":cluster:", "database cluster", None),
    (":subgrp:", "database subnet group", 0.0),
    (":pg:", "database parameter group", 0.0),
    (":ec2:", "part of a network or server", None),
)


def resource_from_arn(arn: str) -> Resource:
    """The resource of an ARN."""
    for part, kind, usd_a_day in _KINDS:
        if part in arn:
            return Resource(kind=kind, id=arn, usd_a_day=usd_a_day)
    return Resource(kind=arn.split(":")[2] if arn.count(":") > 4 else "resource", id=arn, usd_a_day=None)


def exists(account: Account, resource: Resource) -> bool:
    """Whether a listed resource still exists. True if its kind cannot be checked."""
    for part, ask in _CHECKS.items():
        if part in resource.id:
            try:
                return ask(account, resource.id)
            except ClientError as error:
                return not _means_gone(error_code(error))
    return True


def _means_gone(code: str) -> bool:
    # "NotFound", "NoSuchBucket", "404": each service has its own code for it.
    return "NotFound" in code or "NoSuch" in code or code in ("404", "InvalidDocument")


def _load_balancer_exists(account: Account, arn: str) -> bool:
    found = client("elbv2", account).describe_load_balancers(LoadBalancerArns=[arn])
    return bool(found["LoadBalancers"])


def _target_group_exists(account: Account, arn: str) -> bool:
    return bool(client("elbv2", account).describe_target_groups(TargetGroupArns=[arn])["TargetGroups"])


def _listener_exists(account: Account, arn: str) -> bool:
    return bool(client("elbv2", account).describe_listeners(ListenerArns=[arn])["Listeners"])


def _listener_rule_exists(account: Account, arn: str) -> bool:
    return bool(client("elbv2", account).describe_rules(RuleArns=[arn])["Rules"])


def _parameter_exists(account: Account, arn: str) -> bool:
    # A name with folders starts with a slash, another one does not. In the ARN both do.
    path = arn.split(":parameter", 1)[1]
    names = [path, path.removeprefix("/")]
    asked = [{"Key": "Name", "Option": "Equals", "Values": names}]
    return bool(client("ssm", account).describe_parameters(ParameterFilters=asked)["Parameters"])


def _document_exists(account: Account, arn: str) -> bool:
    client("ssm", account).describe_document(Name=_last(arn))
    return True


def _subnet_group_exists(account: Account, arn: str) -> bool:
    found = client("rds", account).describe_db_subnet_groups(DBSubnetGroupName=_last(arn))
    return bool(found["DBSubnetGroups"])


def _parameter_group_exists(account: Account, arn: str) -> bool:
    found = client("rds", account).describe_db_parameter_groups(DBParameterGroupName=_last(arn))
    return bool(found["DBParameterGroups"])


def _repository_exists(account: Account, arn: str) -> bool:
    name = arn.split(":repository/", 1)[1]
    return bool(client("ecr", account).describe_repositories(repositoryNames=[name])["repositories"])


def _distribution_exists(account: Account, arn: str) -> bool:
    client("cloudfront", account).get_distribution(Id=_last(arn))
    return True


def _last(arn: str) -> str:
    return arn.replace("/", ":").rsplit(":", 1)[1]


def _log_group_exists(account: Account, arn: str) -> bool:
    name = arn.split(":log-group:", 1)[1].removesuffix(":*")
    found = client("logs", account).describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    return any(each["logGroupName"] == name for each in found)


def _bucket_exists(account: Account, arn: str) -> bool:
    client("s3", account).head_bucket(Bucket=_last(arn))
    return True


_CHECKS: dict[str, Callable[[Account, str], bool]] = {
    ":loadbalancer/": _load_balancer_exists,
    ":targetgroup/": _target_group_exists,
    ":listener/": _listener_exists,
    ":listener-rule/": _listener_rule_exists,
    ":parameter/": _parameter_exists,
    ":document/": _document_exists,
    ":subgrp:": _subnet_group_exists,
    ":pg:": _parameter_group_exists,
    ":repository/": _repository_exists,
    ":distribution/": _distribution_exists,
    ":log-group:": _log_group_exists,
    ":s3:::": _bucket_exists,
}
