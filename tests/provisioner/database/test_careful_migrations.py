"""Migrations run next to the previous version of the portal: none locks a table for long or removes it."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState, ProjectState

OURS = ("provisioner", "accounts", "api")
# Made before the first installation existed.
BEFORE_THE_FIRST = {
    ("accounts", "0001_initial"),
    ("accounts", "0002_sign_in_attempt"),
    ("api", "0001_initial"),
    ("provisioner", "0001_initial"),
    ("provisioner", "0002_guards"),
    ("provisioner", "0003_interrupted_runs"),
    ("provisioner", "0004_trail_and_queue"),
}
_TAKEN_FROM_THE_VERSION_BEFORE = (migrations.RemoveField, migrations.DeleteModel)
_RENAMES = (migrations.RenameField, migrations.RenameModel, migrations.AlterModelTable)


def violations(migration: migrations.Migration, before: ProjectState) -> Iterator[str]:
    """Rules of CONTRIBUTING.md, "Change a table", that the operations break. New tables may change."""
    new: set[str] = set()
    concurrent = False
    state = before.clone()
    for operation in migration.operations:
        earlier = state.clone()
        operation.state_forwards(migration.app_label, state)
        if isinstance(operation, migrations.CreateModel):
            new.add(operation.name_lower)
        elif getattr(operation, "model_name_lower", "") not in new:
            wrong = (
                _violation(operation)
                or _violation_of_altered(operation, migration.app_label, earlier)
                or _violation_of_name(operation, earlier, state)
            )
            yield from [f"{type(operation).__name__}: {wrong}"] if wrong else []
        concurrent |= isinstance(operation, AddIndexConcurrently)
    if concurrent and migration.atomic:
        yield "AddIndexConcurrently: needs atomic = False"


def _violation(operation: Operation) -> str:
    if isinstance(operation, _TAKEN_FROM_THE_VERSION_BEFORE):
        return "the version before still uses it"
    if isinstance(operation, migrations.AddIndex) and not isinstance(operation, AddIndexConcurrently):
        return "locks out writers while it reads the table; use AddIndexConcurrently"
    if isinstance(operation, migrations.AddConstraint) and not isinstance(operation, AddConstraintNotValid):
        return "locks out writers while it reads the table; use AddConstraintNotValid"
    if isinstance(operation, migrations.AddField):
        return _violation_of_new(operation.field)
    if isinstance(operation, migrations.RunSQL):
        return "cannot be read here: use an operation, or RunPython with a reason"
    return ""


def _violation_of_new(field: Any) -> str:
    if field.unique or (field.db_index and not field.is_relation):
        return "builds an index under a lock: add the column first, its index concurrently"
    if field.null or field.has_db_default() or field.many_to_many:
        return ""
    return "the version before cannot insert a row: nullable, or with a db_default"


def _violation_of_altered(operation: Operation, app: str, before: ProjectState) -> str:
    if not isinstance(operation, migrations.AlterField):
        return ""
    was = before.models[app, operation.model_name_lower].fields[operation.name]
    same = _in_the_database(was) == _in_the_database(operation.field)
    return "" if same else "reads or rewrites the table under a lock: a new column, filled in batches"


def _violation_of_name(operation: Operation, before: ProjectState, after: ProjectState) -> str:
    """A name in the code may change; the name of a table or a column may not."""
    renames = isinstance(operation, _RENAMES) and _database_names(before) != _database_names(after)
    return "the version before still uses it" if renames else ""


def _database_names(state: ProjectState) -> set[tuple[str, str | None]]:
    return {
        (model._meta.db_table, field.column)
        for model in state.apps.get_models()
        for field in model._meta.local_concrete_fields
    }


def _in_the_database(field: Any) -> tuple[Any, ...]:
    _, path, given, named = field.deconstruct()
    return path, given, {name: value for name, value in named.items() if name not in field.non_db_attrs}


def test_our_migrations_follow_the_rules() -> None:
    loader = MigrationLoader(None)
    loaded = loader.disk_migrations
    found = {
        key: list(violations(migration, loader.project_state(key, at_end=False)))
        for key, migration in loaded.items()
        if key[0] in OURS and key not in BEFORE_THE_FIRST
    }

    assert set(loaded) >= BEFORE_THE_FIRST
    assert {key: wrong for key, wrong in found.items() if wrong} == {}


INDEX = models.Index(fields=["status"], name="by_status")
CHECK = models.CheckConstraint(condition=models.Q(number__gt=0), name="counts_from_one")


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        (migrations.AddIndex("run", INDEX), "use AddIndexConcurrently"),
        (AddIndexConcurrently("run", INDEX), "needs atomic = False"),
        (migrations.AddConstraint("run", CHECK), "use AddConstraintNotValid"),
        (migrations.AddField("run", "cost", models.IntegerField()), "nullable, or with a db_default"),
        (
            migrations.AddField("run", "cost", models.IntegerField(default=0)),
            "nullable, or with a db_default",
        ),
        (migrations.AddField("run", "slug", models.SlugField(null=True)), "its index concurrently"),
        (migrations.RemoveField("run", "reason"), "the version before still uses it"),
        (migrations.RenameField("run", "reason", "why"), "the version before still uses it"),
        (migrations.DeleteModel("Run"), "the version before still uses it"),
        (migrations.RunSQL("SELECT 1"), "cannot be read here"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_an_operation_that_breaks_a_rule_is_reported(operation: Operation, words: str) -> None:
    [wrong] = violations(*of(operation))

    assert words in wrong


@pytest.mark.parametrize(
    "operations",
    [
        [migrations.AddField("run", "cost", models.IntegerField(null=True))],
        [migrations.AddField("run", "cost", models.IntegerField(db_default=0))],
        [migrations.AlterField("run", "reason", models.TextField(help_text="Why."))],
        [AddConstraintNotValid("run", CHECK)],
        [
            migrations.AlterField("run", "reason", models.TextField(db_column="reason")),
            migrations.RenameField("run", "reason", "why"),
        ],
        [
            migrations.CreateModel("Bill", [("id", models.BigAutoField(primary_key=True))]),
            migrations.AddField("bill", "cost", models.IntegerField(default=0)),
            migrations.AddIndex("bill", models.Index(fields=["cost"], name="by_cost")),
        ],
    ],
    ids=[
        "nullable",
        "with a db_default",
        "in words alone",
        "not valid yet",
        "a name in code alone",
        "a table of its own",
    ],
)
def test_an_operation_that_follows_the_rules_is_accepted(operations: list[Operation]) -> None:
    assert list(violations(*of(*operations))) == []


def test_an_index_that_is_built_concurrently_is_accepted() -> None:
    assert list(violations(*of(AddIndexConcurrently("run", INDEX), is_atomic=False))) == []


def of(*done: Operation, is_atomic: bool = True) -> tuple[migrations.Migration, ProjectState]:
    """A later migration, and the state of a table before it."""

    class Later(migrations.Migration):
        atomic = is_atomic
        operations = list(done)

    before = ProjectState()
    fields: list[tuple[str, Any]] = [("status", models.TextField()), ("reason", models.TextField())]
    before.add_model(ModelState("provisioner", "Run", fields))
    return Later("later", "provisioner"), before
