"""The trail as a file: CSV for people, JSON lines for programs, streamed as it is read."""

import csv
import io
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

from django.db.models import QuerySet

from provisioner import audit
from provisioner.models import AuditEntry

CHUNK = 500
COLUMNS = tuple(field.attname for field in AuditEntry._meta.concrete_fields)
# What a spreadsheet takes for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


async def csv_lines(entries: QuerySet[AuditEntry]) -> AsyncIterator[str]:
    """A head, then a line per entry; no cell can be taken for a formula."""
    yield _csv_line(COLUMNS)
    async for entry in entries.aiterator(chunk_size=CHUNK):
        yield _csv_line(_cells(audit.wire(entry)))


async def json_lines(entries: QuerySet[AuditEntry]) -> AsyncIterator[str]:
    """One JSON object per entry, every field, both hashes: enough to verify the chain elsewhere."""
    async for entry in entries.aiterator(chunk_size=CHUNK):
        yield json.dumps(audit.wire(entry), ensure_ascii=False, sort_keys=True, default=str) + "\n"


def _cells(fields: dict[str, Any]) -> Iterator[str]:
    for name in COLUMNS:
        value = fields[name]
        yield json.dumps(value, ensure_ascii=False, sort_keys=True) if isinstance(value, dict) else str(value)


def _csv_line(cells: Any) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow([harmless(cell) for cell in cells])
    return buffer.getvalue()


def harmless(cell: str) -> str:
    """The cell with an apostrophe in front where a spreadsheet would compute it."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
