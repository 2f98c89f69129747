"""The trail as files: JSON lines that anybody can verify, CSV for people with spreadsheets."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import Any

from provisioner import audit
from provisioner.models import AuditEntry

COLUMNS = [field.attname for field in AuditEntry._meta.concrete_fields]
# A spreadsheet takes a cell that begins so for a formula, and somebody else chose these texts.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def json_lines(entries: Iterable[AuditEntry]) -> Iterator[str]:
    """One entry per line with both hashes: SHA-256 over the line without `hash` is its `hash`."""
    for entry in entries:
        yield _json(audit.wire(entry)) + "\n"


def csv_lines(entries: Iterable[AuditEntry]) -> Iterator[str]:
    """A heading, then one entry per line; details as JSON."""
    yield _row(COLUMNS)
    for entry in entries:
        document = audit.wire(entry) | {"details": _json(entry.details)}
        yield _row(_harmless(document[name]) for name in COLUMNS)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)


def _row(cells: Iterable[Any]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()


def _harmless(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value
