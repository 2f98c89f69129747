"""A plan's summary in the order in which a person must read it: what is lost first."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Group:
    """Resources to which the same thing happens. `action` is Terraform's word, `words` end "3 ..."."""

    action: str
    words: str
    is_danger: bool
    resources: list[dict[str, Any]]

    @property
    def count(self) -> int:
        return len(self.resources)

    @property
    def losses(self) -> list[dict[str, Any]]:
        """Those that hold data and go with it."""
        return [one for one in self.resources if one["holds"]] if self.is_danger else []


# Terraform's action, what to say of it, whether something is lost.
_ORDER = (
    ("delete", "destroyed", True),
    ("replace", "replaced: destroyed and created anew", True),
    ("update", "changed in place", False),
    ("create", "added", False),
    ("forget", "forgotten, but left standing", False),
)
# What goes with a resource of that type. Settings, addresses and permissions are made anew as they were.
_HOLDS = {
    "aws_db_instance": "the database",
    "aws_rds_cluster": "the database",
    "aws_rds_cluster_instance": "a server of the database",
    "aws_db_snapshot": "a snapshot of the database",
    "aws_dynamodb_table": "the table",
    "aws_s3_bucket": "everything in the bucket",
    "aws_s3_object": "the file",
    "aws_ecr_repository": "every image in the repository",
    "aws_efs_file_system": "the file system",
    "aws_ebs_volume": "the disk",
    "aws_elasticache_replication_group": "the cache",
    "aws_opensearch_domain": "the index",
    "aws_sqs_queue": "the messages in the queue",
    "aws_kms_key": "whatever only this key can open",
    "aws_secretsmanager_secret": "the secret",
    "aws_cloudwatch_log_group": "the logs",
}
_SAME = {"destroy": "delete", "add": "create", "change": "update"}


def groups(summary: dict[str, Any]) -> list[Group]:
    """The groups of `Run.plan_summary` that hold anything, the dangerous first."""
    resources = summary.get("resources", [])
    found = [
        Group(
            action=action,
            words=words,
            is_danger=is_danger,
            resources=[_shown(one) for one in resources if _SAME.get(one["action"], one["action"]) == action],
        )
        for action, words, is_danger in _ORDER
    ]
    return [group for group in found if group.resources]


def _shown(resource: dict[str, Any]) -> dict[str, Any]:
    # Terraform's reasons read "replace_because_cannot_update".
    _, _, because = str(resource.get("reason") or "").partition("because_")
    kind = str(resource["address"]).rpartition("module.")[2].split(".")
    holds = next((_HOLDS[part] for part in kind if part in _HOLDS), "")
    return resource | {"reason": because.replace("_", " "), "holds": holds}


def losses(found: list[Group]) -> list[dict[str, Any]]:
    """Resources of a plan that hold data and go: `holds` says what."""
    return [one for group in found for one in group.losses]
