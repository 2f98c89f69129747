"""A database is `creating`, `modifying` or `deleting` for its time."""

from typing import Any

from moto.rds.exceptions import InvalidDBInstanceStateError
from moto.rds.models import RDSBackend, rds_backends

from simulator.lab.laboratory import Laboratory
from simulator.patches import replacing
from simulator.pending import Change

# What makes RDS move or copy something, instead of only writing a setting down.
_LARGE = frozenset({"db_instance_class", "allocated_storage", "storage_type", "multi_az", "engine_version"})
_READY = ("database", "database in two zones", "database change", "large database change")


def apply(laboratory: Laboratory) -> None:
    latency = laboratory.latency

    @replacing.wrap(RDSBackend, "create_db_instance")
    def create_db_instance(original: replacing.Method, self: Any, db_kwargs: dict[str, Any]) -> Any:
        database = original(self, db_kwargs)
        kind = "database in two zones" if database.multi_az else "database"
        if latency.later(kind, self, database.dbi_resource_id):
            database.status = "creating"
        return database

    @replacing.wrap(RDSBackend, "modify_db_instance")
    def modify_db_instance(
        original: replacing.Method, self: Any, db_instance_identifier: str, db_kwargs: dict[str, Any]
    ) -> Any:
        wanted = {name for name, value in db_kwargs.items() if value is not None}
        database = original(self, db_instance_identifier, db_kwargs)
        kind = "large database change" if wanted & _LARGE else "database change"
        if database.status == "available" and latency.later(kind, self, database.dbi_resource_id):
            database.status = "modifying"
        return database

    for kind in _READY:
        laboratory.latency.pending.make_with(kind, _make_ready)
    _delete_over_time(laboratory)


def _delete_over_time(laboratory: Laboratory) -> None:
    really_delete: replacing.Method = RDSBackend.delete_db_instance

    @replacing.wrap(RDSBackend, "delete_db_instance")
    def delete_db_instance(
        original: replacing.Method,
        self: Any,
        db_instance_identifier: str,
        final_db_snapshot_identifier: str | None = None,
        skip_final_snapshot: bool | None = False,  # noqa: FBT001, FBT002 - moto's signature
        delete_automated_backups: bool | None = True,  # noqa: FBT001, FBT002
    ) -> Any:
        database = self.databases.get(db_instance_identifier)
        if laboratory.latency.scale == 0 or database is None or database.deletion_protection:
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
            # Now, not at the end: a name that is taken is refused at once.
            self.create_db_snapshot(
                db_instance_identifier, final_db_snapshot_identifier, snapshot_type="manual"
            )
        laboratory.latency.later(
            "database deletion", self, database.dbi_resource_id, with_backups=bool(delete_automated_backups)
        )
        database.status = "deleting"
        return database

    def make_deleted(change: Change) -> None:
        database = _database(change)
        if database is not None:
            backend = rds_backends[change.account_id][change.region]
            # The final snapshot is there already, and whoever asked for protection since was too late.
            database.deletion_protection = False
            really_delete(
                backend,
                database.db_instance_identifier,
                skip_final_snapshot=True,
                delete_automated_backups=change.details["with_backups"],
            )

    laboratory.latency.pending.make_with("database deletion", make_deleted)


def _make_ready(change: Change) -> None:
    database = _database(change)
    if database is not None and database.status in ("creating", "modifying"):
        database.status = "available"


def _database(change: Change) -> Any:
    # By the id that outlives a change of name.
    databases = list(rds_backends[change.account_id][change.region].databases.values())
    return next((each for each in databases if each.dbi_resource_id == change.id), None)
