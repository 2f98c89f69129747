"""A moto server in the tests' own process. On a busy machine its first answers take seconds."""

import boto3

_QUESTIONS = (
    ("resourcegroupstaggingapi", "get_resources"),
    ("ec2", "describe_tags"),
    ("rds", "describe_db_instances"),
    ("rds", "describe_db_snapshots"),
    ("secretsmanager", "list_secrets"),
    ("autoscaling", "describe_tags"),
    ("ecr", "describe_repositories"),
)


def warm(endpoint: str, *, region: str) -> None:
    """Call each service once, with long timeouts."""
    session = boto3.Session("test", "test", region_name=region)
    for service, operation in _QUESTIONS:
        getattr(session.client(service, endpoint_url=endpoint), operation)()  # type: ignore[call-overload]
