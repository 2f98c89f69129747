"""RDS, Secrets Manager, Auto Scaling and ECR: their resources with a tag."""

from __future__ import annotations

from provisioner.cloud import prices
from provisioner.cloud.account import Account
from provisioner.cloud.tagged_resources.resource import (
    Client,
    Found,
    Note,
    Resource,
    Tag,
    client,
    has_tag,
    state_note,
)
from provisioner.sentences import sentence, sentence_plural

# Beyond this number rely on the tagging API: each repository takes a call of its own.
_MAX_REPOSITORIES = 40


def databases(account: Account, tag: Tag) -> list[Resource]:
    rds = client("rds", account)
    instances = [
        each
        for page in rds.get_paginator("describe_db_instances").paginate()
        for each in page["DBInstances"]
        if has_tag(each.get("TagList"), tag)
    ]
    return [_database(each) for each in instances] + [
        _database_snapshot(each) for each in _snapshots(rds, tag)
    ]


def database_backups(account: Account, tag: Tag) -> list[Resource]:
    """Retained backups of deleted databases, with the tag or with a tagged final snapshot."""
    rds = client("rds", account)
    known = {each["DBInstanceIdentifier"] for each in _snapshots(rds, tag)}
    return [
        _database_backups(each)
        for page in rds.get_paginator("describe_db_instance_automated_backups").paginate()
        for each in page["DBInstanceAutomatedBackups"]
        if each["Status"] == "retained"
        and (has_tag(each.get("TagList"), tag) or each["DBInstanceIdentifier"] in known)
    ]


def _snapshots(rds: Client, tag: Tag) -> list[Found]:
    return [
        each
        for page in rds.get_paginator("describe_db_snapshots").paginate(SnapshotType="manual")
        for each in page["DBSnapshots"]
        if has_tag(each.get("TagList"), tag)
    ]


def _database(found: Found) -> Resource:
    class_ = found["DBInstanceClass"]
    cost = prices.database(
        class_, storage_gib=found.get("AllocatedStorage", 0), is_multi_az=bool(found.get("MultiAZ"))
    )
    return Resource(
        f"database {class_}",
        found["DBInstanceIdentifier"],
        state_note(found.get("DBInstanceStatus", "")),
        usd_a_day=cost,
    )


def _database_snapshot(found: Found) -> Resource:
    return Resource(
        "final snapshot" if found["DBSnapshotIdentifier"].endswith("-final") else "database snapshot",
        found["DBSnapshotIdentifier"],
        sentence("The database's data, kept on purpose. Delete it when it is no longer needed."),
        is_kept=True,
        usd_a_day=prices.database_snapshot(found.get("AllocatedStorage", 0)),
    )


def _database_backups(found: Found) -> Resource:
    days, gib = found.get("BackupRetentionPeriod"), found.get("AllocatedStorage")
    return Resource(
        "automated backups",
        found.get("DBInstanceAutomatedBackupsArn") or f"backups of {found['DBInstanceIdentifier']}",
        _backups_note(days),
        is_kept=True,
        usd_a_day=None if gib is None else prices.database_snapshot(gib),
    )


def _backups_note(days: int | None) -> Note:
    if not days:
        return sentence("Backups of a deleted database, kept on purpose.")
    return sentence_plural(
        "Backups of a deleted database, kept on purpose. AWS deletes the last one %(count)s day after the "
        "destroy.",
        "Backups of a deleted database, kept on purpose. AWS deletes the last one %(count)s days after the "
        "destroy.",
        days,
    )


def secrets(account: Account, tag: Tag) -> list[Resource]:
    pages = (
        client("secretsmanager", account)
        .get_paginator("list_secrets")
        .paginate(
            IncludePlannedDeletion=True,
            Filters=[{"Key": "tag-key", "Values": [tag.key]}, {"Key": "tag-value", "Values": [tag.value]}],
        )
    )
    found = [each for page in pages for each in page["SecretList"] if has_tag(each.get("Tags"), tag)]
    return [_secret(each) for each in found]


def _secret(found: Found) -> Resource:
    if until := found.get("DeletedDate"):
        note = sentence(
            "In its recovery window: AWS deletes it on %(date)s. Its name cannot be used until then.",
            date=f"{until:%Y-%m-%d}",
        )
        return Resource("secret", found["Name"], note, is_kept=True)
    return Resource("secret", found["Name"], usd_a_day=prices.SECRET)


def auto_scaling_groups(account: Account, tag: Tag) -> list[Resource]:
    named = [{"Name": "key", "Values": [tag.key]}, {"Name": "value", "Values": [tag.value]}]
    pages = client("autoscaling", account).get_paginator("describe_tags").paginate(Filters=named)
    names = dict.fromkeys(each["ResourceId"] for page in pages for each in page["Tags"])
    return [
        Resource("Auto Scaling group", name, sentence("It starts new instances."), usd_a_day=None)
        for name in names
    ]


def repositories(account: Account, tag: Tag) -> list[Resource]:
    ecr = client("ecr", account)
    found = ecr.describe_repositories(maxResults=_MAX_REPOSITORIES)["repositories"]
    named = [each for each in found if has_tag(_tags_of(ecr, each["repositoryArn"]), tag)]
    note = sentence("Its images are charged by the gigabyte.")
    return [Resource("image repository", each["repositoryArn"], note, usd_a_day=None) for each in named]


def _tags_of(ecr: Client, arn: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = ecr.list_tags_for_resource(resourceArn=arn)["tags"]
    return found
