"""Database triggers behind the promises: final runs, events and the trail cannot be rewritten.

Installed by a migration, on SQLite and PostgreSQL alike.
"""

from dataclasses import dataclass

from django.db.backends.base.base import BaseDatabaseWrapper


@dataclass(frozen=True)
class Trigger:
    """Refuses `operation` on `table` where `condition` (SQL over OLD and NEW) holds.

    A TRUNCATE looks at no row; SQLite knows none.
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
    Trigger("kept_trail", "provisioner_trailentry", "UPDATE", "", "the trail is append-only"),
    Trigger("whole_trail", "provisioner_trailentry", "DELETE", "", "the trail is append-only"),
    Trigger("untruncated_trail", "provisioner_trailentry", "TRUNCATE", "", "the trail is append-only"),
)


def install(connection: BaseDatabaseWrapper) -> None:
    """Create every guard in the connection's database, in place of an older one of its name."""
    remove(connection)
    with connection.cursor() as cursor:
        for guard in TRIGGERS:
            for statement in _create(guard, vendor=connection.vendor):
                cursor.execute(statement)


def remove(connection: BaseDatabaseWrapper, *, operation: str | None = None) -> None:
    """Drop the guards, or only those of one operation.

    "DELETE" takes those against TRUNCATE along: a test database must be emptied between tests.
    """
    operations = {operation, "TRUNCATE"} if operation == "DELETE" else {operation}
    with connection.cursor() as cursor:
        for guard in TRIGGERS:
            if operation is None or guard.operation in operations:
                on = f" ON {guard.table}" if connection.vendor == "postgresql" else ""
                cursor.execute(f"DROP TRIGGER IF EXISTS guard_{guard.name}{on}")


def _create(guard: Trigger, *, vendor: str) -> list[str]:
    if vendor == "postgresql":
        return _create_postgresql(guard)
    return [] if guard.operation == "TRUNCATE" else [_create_sqlite(guard)]


def _create_sqlite(guard: Trigger) -> str:
    when = f"WHEN {guard.condition} " if guard.condition else ""
    message = guard.message.replace("'", "''")
    return (
        f"CREATE TRIGGER guard_{guard.name} BEFORE {guard.operation} ON {guard.table} "
        f"FOR EACH ROW {when}BEGIN SELECT RAISE(ABORT, '{message}'); END"
    )


def _create_postgresql(guard: Trigger) -> list[str]:
    # A trigger's WHEN may hold no subquery, so the condition stands inside the function.
    result = {"DELETE": "OLD", "TRUNCATE": "NULL"}.get(guard.operation, "NEW")
    each = "STATEMENT" if guard.operation == "TRUNCATE" else "ROW"
    condition = guard.condition or "TRUE"
    message = guard.message.replace("'", "''")
    return [
        f"CREATE OR REPLACE FUNCTION guard_{guard.name}() RETURNS trigger AS $$ BEGIN "
        f"IF {condition} THEN RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'; "
        f"END IF; RETURN {result}; END $$ LANGUAGE plpgsql",
        f"CREATE TRIGGER guard_{guard.name} BEFORE {guard.operation} ON {guard.table} "
        f"FOR EACH {each} EXECUTE FUNCTION guard_{guard.name}()",
    ]
