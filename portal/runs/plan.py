"""A plan's summary in the order in which a person must read it: what is lost comes first."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from provisioner.runs import event_queries

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class Resource(event_queries.PlannedResource):
    """A resource of `Run.plan_summary`. `holds`: the data that is lost with it, in words."""

    holds: "StrOrPromise"


@dataclass(frozen=True, kw_only=True)
class Group:
    """Resources to which Terraform does the same. `action` is Terraform's word for it."""

    action: str
    sentence: "StrOrPromise"
    is_danger: bool
    resources: list[Resource]

    @property
    def count(self) -> int:
        return len(self.resources)

    @property
    def in_words(self) -> str:
        """For instance `3 to destroy`."""
        return str(self.sentence % {"count": self.count})

    @property
    def losses(self) -> list[Resource]:
        """The resources whose data is lost."""
        return [one for one in self.resources if one["holds"]] if self.is_danger else []


# Terraform's action, the words for it, whether data may be lost.
_ORDER: tuple[tuple[str, "StrOrPromise", bool], ...] = (
    ("delete", ngettext_lazy("%(count)s to destroy", "%(count)s to destroy", "count"), True),
    (
        "replace",
        ngettext_lazy(
            "%(count)s to replace (destroy and create again)",
            "%(count)s to replace (destroy and create again)",
            "count",
        ),
        True,
    ),
    ("update", ngettext_lazy("%(count)s to change", "%(count)s to change", "count"), False),
    ("create", ngettext_lazy("%(count)s to add", "%(count)s to add", "count"), False),
    (
        "forget",
        ngettext_lazy(
            "%(count)s to forget (it stays in the account)",
            "%(count)s to forget (they stay in the account)",
            "count",
        ),
        False,
    ),
)
# The data that is lost with a resource of a type. Settings, addresses and permissions can be created again.
_HOLDS: Mapping[str, "StrOrPromise"] = {
    "aws_db_instance": _("the database"),
    "aws_rds_cluster": _("the database"),
    "aws_rds_cluster_instance": _("a server of the database"),
    "aws_db_snapshot": _("a snapshot of the database"),
    "aws_dynamodb_table": _("the table"),
    "aws_s3_bucket": _("everything in the bucket"),
    "aws_s3_object": _("the file"),
    "aws_ecr_repository": _("every image in the repository"),
    "aws_efs_file_system": _("the file system"),
    "aws_ebs_volume": _("the disk"),
    "aws_elasticache_replication_group": _("the cache"),
    "aws_opensearch_domain": _("the index"),
    "aws_sqs_queue": _("the messages in the queue"),
    "aws_kms_key": _("everything that only this key can decrypt"),
    "aws_secretsmanager_secret": _("the secret"),
    "aws_cloudwatch_log_group": _("the logs"),
}
_SAME = {"destroy": "delete", "add": "create", "change": "update"}


def groups(summary: event_queries.PlanSummary) -> list[Group]:
    """The groups of `Run.plan_summary` (may be `{}`) that are not empty, the dangerous ones first."""
    resources = summary.get("resources", [])
    found = [
        Group(
            action=action,
            sentence=sentence,
            is_danger=is_danger,
            resources=[_shown(one) for one in resources if _SAME.get(one["action"], one["action"]) == action],
        )
        for action, sentence, is_danger in _ORDER
    ]
    return [group for group in found if group.resources]


def _shown(resource: event_queries.PlannedResource) -> Resource:
    # Terraform's reasons read "replace_because_cannot_update".
    _verb, _because, reason = str(resource.get("reason") or "").partition("because_")
    kind = str(resource["address"]).rpartition("module.")[2].split(".")
    holds = next((_HOLDS[part] for part in kind if part in _HOLDS), "")
    return {
        "address": resource["address"],
        "type": resource.get("type", ""),
        "action": resource["action"],
        "reason": reason.replace("_", " "),
        "holds": holds,
    }


def losses(found: list[Group]) -> list[Resource]:
    """The resources of a plan whose data is lost."""
    return [one for group in found for one in group.losses]
