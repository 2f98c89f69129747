"""Resources that the tagging API lists by their ARN: kind, cost, and whether they still exist."""

from __future__ import annotations

from collections.abc import Callable

from botocore.exceptions import ClientError

from provisioner.cloud import prices
from provisioner.cloud.account import Account
from provisioner.cloud.failures import error_code
from provisioner.cloud.tagged_resources.resource import Resource, client

# A part of the ARN, the name of the kind, US dollars a day.
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
    """A resource of which only its ARN is known."""
    for part, kind, usd_a_day in _KINDS:
        if part in arn:
            return Resource(kind=kind, id=arn, usd_a_day=usd_a_day)
    return Resource(kind=arn.split(":")[2] if arn.count(":") > 4 else "resource", id=arn, usd_a_day=None)


def exists(account: Account, resource: Resource) -> bool:
    """Whether a listed resource still exists. True if there is no way to check."""
    for part, ask in _CHECKS.items():
        if part in resource.id:
            try:
                return ask(account, resource.id)
            except ClientError as error:
                return not _says_gone(error_code(error))
    return True


def _says_gone(code: str) -> bool:
    # "NotFound", "NoSuchBucket", "404": each service has its own code.
    return "NotFound" in code or "NoSuch" in code or code in ("404", "InvalidDocument")


def _load_balancer_is_there(account: Account, arn: str) -> bool:
    found = client("elbv2", account).describe_load_balancers(LoadBalancerArns=[arn])
    return bool(found["LoadBalancers"])


def _target_group_is_there(account: Account, arn: str) -> bool:
    return bool(client("elbv2", account).describe_target_groups(TargetGroupArns=[arn])["TargetGroups"])


def _listener_is_there(account: Account, arn: str) -> bool:
    return bool(client("elbv2", account).describe_listeners(ListenerArns=[arn])["Listeners"])


def _listener_rule_is_there(account: Account, arn: str) -> bool:
    return bool(client("elbv2", account).describe_rules(RuleArns=[arn])["Rules"])


def _parameter_is_there(account: Account, arn: str) -> bool:
    # A name with folders starts with a slash, another one does not; in the ARN both do.
    path = arn.split(":parameter", 1)[1]
    names = [path, path.removeprefix("/")]
    asked = [{"Key": "Name", "Option": "Equals", "Values": names}]
    return bool(client("ssm", account).describe_parameters(ParameterFilters=asked)["Parameters"])


def _document_is_there(account: Account, arn: str) -> bool:
    client("ssm", account).describe_document(Name=_last(arn))
    return True


def _subnet_group_is_there(account: Account, arn: str) -> bool:
    found = client("rds", account).describe_db_subnet_groups(DBSubnetGroupName=_last(arn))
    return bool(found["DBSubnetGroups"])


def _parameter_group_is_there(account: Account, arn: str) -> bool:
    found = client("rds", account).describe_db_parameter_groups(DBParameterGroupName=_last(arn))
    return bool(found["DBParameterGroups"])


def _repository_is_there(account: Account, arn: str) -> bool:
    name = arn.split(":repository/", 1)[1]
    return bool(client("ecr", account).describe_repositories(repositoryNames=[name])["repositories"])


def _distribution_is_there(account: Account, arn: str) -> bool:
    client("cloudfront", account).get_distribution(Id=_last(arn))
    return True


def _last(arn: str) -> str:
    return arn.replace("/", ":").rsplit(":", 1)[1]


def _log_group_is_there(account: Account, arn: str) -> bool:
    name = arn.split(":log-group:", 1)[1].removesuffix(":*")
    found = client("logs", account).describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    return any(each["logGroupName"] == name for each in found)


def _bucket_is_there(account: Account, arn: str) -> bool:
    client("s3", account).head_bucket(Bucket=_last(arn))
    return True


_CHECKS: dict[str, Callable[[Account, str], bool]] = {
    ":loadbalancer/": _load_balancer_is_there,
    ":targetgroup/": _target_group_is_there,
    ":listener/": _listener_is_there,
    ":listener-rule/": _listener_rule_is_there,
    ":parameter/": _parameter_is_there,
    ":document/": _document_is_there,
    ":subgrp:": _subnet_group_is_there,
    ":pg:": _parameter_group_is_there,
    ":repository/": _repository_is_there,
    ":distribution/": _distribution_is_there,
    ":log-group:": _log_group_is_there,
    ":s3:::": _bucket_is_there,
}
