"""The audit trail as a file: JSON lines that anybody can verify, CSV for spreadsheets."""

import csv
import io
from collections.abc import Iterable

from provisioner import audit
from provisioner.models import AuditEntry

COLUMNS = tuple(field.attname for field in AuditEntry._meta.concrete_fields)
# A spreadsheet treats a cell that starts like this as a formula, and other people chose these texts. A line
# feed counts too: LibreOffice skips leading white space.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def json_line(entry: AuditEntry) -> str:
    """One line of canonical JSON. The SHA-256 of the line without `hash` is the entry's `hash`."""
    return audit.canonical_json(audit.wire(entry)) + "\n"


def csv_header() -> str:
    """The line of column names."""
    return _csv_row(COLUMNS)


def csv_line(entry: AuditEntry) -> str:
    """One row, in the order of `COLUMNS`; `details` as canonical JSON. No cell can act as a formula."""
    document = audit.wire(entry) | {"details": audit.canonical_json(entry.details)}
    return _csv_row(str(document[name]) for name in COLUMNS)


def _csv_row(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow([_without_formula(cell) for cell in cells])
    return line.getvalue()


def _without_formula(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA_STARTS) else cell
