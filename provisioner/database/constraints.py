"""Which database constraint was violated: the message to the person depends on it."""

from django.db import IntegrityError, models


def is_violation_of(error: IntegrityError, *names: str, of: type[models.Model]) -> bool:
    """Whether the error is about one of these constraints of the model's table."""
    report = getattr(error.__cause__, "diag", None)
    if report is not None:
        return report.constraint_name in names
    # SQLite names only the columns of a unique constraint.
    return str(error) in [_columns(of, name) for name in names]


def _columns(model: type[models.Model], name: str) -> str:
    unique = [each for each in model._meta.constraints if isinstance(each, models.UniqueConstraint)]
    found = next(each for each in unique if each.name == name)
    columns = {field.name: field.column for field in model._meta.concrete_fields}
    table = model._meta.db_table
    return "UNIQUE constraint failed: " + ", ".join(f"{table}.{columns[name]}" for name in found.fields)
