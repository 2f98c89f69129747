"""Database triggers behind the guarantees: final runs, events and the audit trail cannot be modified.

Installed by a migration, on SQLite and PostgreSQL.
"""

from dataclasses import dataclass

from django.db.backends.base.base import BaseDatabaseWrapper


@dataclass(frozen=True)
class Trigger:
    """Refuses `operation` on `table` if `condition` (SQL with OLD and NEW) holds.

    TRUNCATE has no rows to check; SQLite does not have it.
    """

    name: str
    table: str
    operation: str
    condition: str
    message: str


TRIGGERS = (
    Trigger(
        "sealed_run", "provisioner_run", "UPDATE", "OLD.sealed_at IS NOT NULL", "a final run is immutable"
    ),
    Trigger("run_fence", "provisioner_run", "UPDATE", "NEW.fence < OLD.fence", "a run's fence never falls"),
    Trigger("kept_event", "provisioner_runevent", "UPDATE", "", "an event is never rewritten"),
    Trigger(
        "sealed_events",
        "provisioner_runevent",
        "INSERT",
        "EXISTS (SELECT 1 FROM provisioner_run WHERE id = NEW.run_id AND sealed_at IS NOT NULL)",
        "a sealed run takes no more events",
    ),
    Trigger(
        "whole_events",
        "provisioner_runevent",
        "DELETE",
        "EXISTS (SELECT 1 FROM provisioner_run WHERE id = OLD.run_id AND sealed_at IS NOT NULL)",
        "the events of a sealed run stay",
    ),
    Trigger("untruncated_events", "provisioner_runevent", "TRUNCATE", "", "the events of a sealed run stay"),
    Trigger("kept_trail", "provisioner_trailentry", "UPDATE", "", "the audit trail is append-only"),
    Trigger("whole_trail", "provisioner_trailentry", "DELETE", "", "the audit trail is append-only"),
    Trigger("untruncated_trail", "provisioner_trailentry", "TRUNCATE", "", "the audit trail is append-only"),
)


def install(connection: BaseDatabaseWrapper) -> None:
    """Create every trigger in the connection's database, replacing older ones with the same name."""
    remove(connection)
    with connection.cursor() as cursor:
        for trigger in TRIGGERS:
            for statement in _create(trigger, vendor=connection.vendor):
                cursor.execute(statement)


def remove(connection: BaseDatabaseWrapper, *, operation: str | None = None) -> None:
    """Drop the triggers, or only those of one operation.

    "DELETE" includes TRUNCATE: a test database must be emptied between tests.
    """
    operations = {operation, "TRUNCATE"} if operation == "DELETE" else {operation}
    with connection.cursor() as cursor:
        for trigger in TRIGGERS:
            if operation is None or trigger.operation in operations:
                on = f" ON {trigger.table}" if connection.vendor == "postgresql" else ""
                cursor.execute(f"DROP TRIGGER IF EXISTS guard_{trigger.name}{on}")


def _create(trigger: Trigger, *, vendor: str) -> list[str]:
    if vendor == "postgresql":
        return _create_postgresql(trigger)
    return [] if trigger.operation == "TRUNCATE" else [_create_sqlite(trigger)]


def _create_sqlite(trigger: Trigger) -> str:
    when = f"WHEN {trigger.condition} " if trigger.condition else ""
    message = trigger.message.replace("'", "''")
    return (
        f"CREATE TRIGGER guard_{trigger.name} BEFORE {trigger.operation} ON {trigger.table} "
        f"FOR EACH ROW {when}BEGIN SELECT RAISE(ABORT, '{message}'); END"
    )


def _create_postgresql(trigger: Trigger) -> list[str]:
    # The WHEN of a trigger cannot have a subquery, so the condition is inside the function.
    result = {"DELETE": "OLD", "TRUNCATE": "NULL"}.get(trigger.operation, "NEW")
    each = "STATEMENT" if trigger.operation == "TRUNCATE" else "ROW"
    condition = trigger.condition or "TRUE"
    message = trigger.message.replace("'", "''")
    return [
        f"CREATE OR REPLACE FUNCTION guard_{trigger.name}() RETURNS trigger AS $$ BEGIN "
        f"IF {condition} THEN RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'; "
        f"END IF; RETURN {result}; END $$ LANGUAGE plpgsql",
        f"CREATE TRIGGER guard_{trigger.name} BEFORE {trigger.operation} ON {trigger.table} "
        f"FOR EACH {each} EXECUTE FUNCTION guard_{trigger.name}()",
    ]
