"""A database is `creating`, `modifying` or `deleting` for some time."""

from typing import Any

from moto.rds.exceptions import InvalidDBInstanceStateError
from moto.rds.models import DBInstance, RDSBackend, rds_backends

from simulator.lab.lab import Lab
from simulator.patches import patching
from simulator.scheduled_changes import ScheduledChange

# Changes for which RDS replaces or copies something. Other changes only store a setting.
_LARGE_CHANGES = frozenset(
    {"db_instance_class", "allocated_storage", "storage_type", "multi_az", "engine_version"}
)
_MAKING_AVAILABLE = ("database", "database in two zones", "database change", "large database change")


def apply(lab: Lab) -> None:
    latency = lab.latency

    @patching.wrap(RDSBackend, "create_db_instance")
    def create_db_instance(original: patching.Method, self: RDSBackend, db_kwargs: dict[str, Any]) -> object:
        database = original(self, db_kwargs)
        kind = "database in two zones" if database.multi_az else "database"
        if latency.schedule(kind, self, database.dbi_resource_id):
            database.status = "creating"
        return database

    @patching.wrap(RDSBackend, "modify_db_instance")
    def modify_db_instance(
        original: patching.Method, self: RDSBackend, db_instance_identifier: str, db_kwargs: dict[str, Any]
    ) -> object:
        wanted = {name for name, value in db_kwargs.items() if value is not None}
        database = original(self, db_instance_identifier, db_kwargs)
        kind = "large database change" if wanted & _LARGE_CHANGES else "database change"
        if database.status == "available" and latency.schedule(kind, self, database.dbi_resource_id):
            database.status = "modifying"
        return database

    for kind in _MAKING_AVAILABLE:
        lab.latency.changes.on_due(kind, _make_available)
    _delete_over_time(lab)


def _delete_over_time(lab: Lab) -> None:
    delete_now: patching.Method = RDSBackend.delete_db_instance

    @patching.wrap(RDSBackend, "delete_db_instance")
    def delete_db_instance(
        original: patching.Method,
        self: RDSBackend,
        db_instance_identifier: str,
        final_db_snapshot_identifier: str | None = None,
        skip_final_snapshot: bool | None = False,  # noqa: FBT001, FBT002 - moto's signature
        delete_automated_backups: bool | None = True,  # noqa: FBT001, FBT002
    ) -> object:
        database = self.databases.get(db_instance_identifier)
        if lab.latency.scale == 0 or database is None or database.deletion_protection:
            return original(
                self,
                db_instance_identifier,
                final_db_snapshot_identifier,
                skip_final_snapshot,
                delete_automated_backups,
            )
        if database.status == "deleting":
            raise InvalidDBInstanceStateError(db_instance_identifier, "delete")
        if final_db_snapshot_identifier and not skip_final_snapshot:
            # Now, not when the deletion is due: a name that is in use must fail this request.
            self.create_db_snapshot(
                db_instance_identifier, final_db_snapshot_identifier, snapshot_type="manual"
            )
        lab.latency.schedule(
            "database deletion", self, database.dbi_resource_id, with_backups=bool(delete_automated_backups)
        )
        database.status = "deleting"
        return database

    def delete(change: ScheduledChange) -> None:
        database = _database(change)
        if database is not None:
            backend = rds_backends[change.account_id][change.region]
            # The final snapshot exists already. Protection that was turned on since then is too late.
            database.deletion_protection = False
            delete_now(
                backend,
                database.db_instance_identifier,
                skip_final_snapshot=True,
                delete_automated_backups=change.details["with_backups"],
            )

    lab.latency.changes.on_due("database deletion", delete)


def _make_available(change: ScheduledChange) -> None:
    database = _database(change)
    if database is not None and database.status in ("creating", "modifying"):
        database.status = "available"


def _database(change: ScheduledChange) -> DBInstance | None:
    # By the resource id, which stays the same when the database is renamed.
    databases = list(rds_backends[change.account_id][change.region].databases.values())
    return next((each for each in databases if each.dbi_resource_id == change.id), None)
