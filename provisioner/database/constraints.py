"""Which constraint of the database said no: what a person is told depends on it."""

from django.db import IntegrityError, models


def is_violation_of(error: IntegrityError, *names: str, of: type[models.Model]) -> bool:
    """Whether it was one of these constraints of the model's table."""
    report = getattr(error.__cause__, "diag", None)
    if report is not None:
        return report.constraint_name in names
    # SQLite names the columns of a unique constraint, and no more.
    return str(error) in [_columns(of, name) for name in names]


def _columns(model: type[models.Model], name: str) -> str:
    unique = [each for each in model._meta.constraints if isinstance(each, models.UniqueConstraint)]
    found = next(each for each in unique if each.name == name)
    columns = {field.name: field.column for field in model._meta.concrete_fields}
    table = model._meta.db_table
    return "UNIQUE constraint failed: " + ", ".join(f"{table}.{columns[name]}" for name in found.fields)
