"""A run's event log: appending numbered events, and the one form in which every viewer gets them."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypedDict
from uuid import UUID

from django.db import connection, transaction

from provisioner.models import Run, RunEvent
from provisioner.runs import notifications
from provisioner.terraform import clean

MESSAGE_LIMIT = 64 * 1024  # Characters that are stored; the file on disk has all.


@dataclass(slots=True, kw_only=True)
class NewEvent:
    """An event before it has its number. `level` is one of trace, debug, info, warn, error."""

    at: datetime
    phase: str
    type: str
    message: str
    level: str = "info"
    resource: str = ""
    data: Mapping[str, object] = field(default_factory=dict)


class SentEvent(TypedDict):
    """An event in the form in which every interface sends it. `at` is ISO 8601, in UTC."""

    seq: int
    at: str
    phase: str
    type: str
    level: str
    message: str
    resource: str
    data: dict[str, object]


_Row = tuple[UUID | str, int, str | None, str, str, str, str, str, str]


def append(run: Run, events: Sequence[NewEvent]) -> None:
    """Number and store events of a run whose row the caller has locked in the open transaction.

    Sets `run.last_seq` and `run.phase` on the instance and in the database, and sends a change notification
    on commit.
    """
    _insert(run, events)
    run.last_seq += len(events)
    run.phase = events[-1].phase if events else run.phase
    Run.objects.filter(pk=run.pk).update(last_seq=run.last_seq, phase=run.phase)
    last_seq = run.last_seq
    transaction.on_commit(
        lambda: notifications.notify_run_changed(run_id=run.pk, last_seq=last_seq), robust=True
    )


def has(run: Run, event: NewEvent, *, since: int) -> bool:
    """Whether this very event is stored already, after the one with the number `since`."""
    found = RunEvent.objects.filter(run_id=run.pk, seq__gt=since, at=event.at, type=event.type)
    return found.filter(message=clean.text(event.message[:MESSAGE_LIMIT])).exists()


def _insert(run: Run, events: Sequence[NewEvent]) -> None:
    # Not bulk_create, which costs five times as much per row as the row itself.
    run_id = RunEvent._meta.get_field("run").get_db_prep_save(run.pk, connection)
    rows = (_row(run_id, seq, event) for seq, event in enumerate(events, start=run.last_seq + 1))
    into = f"{RunEvent._meta.db_table} ({', '.join(_COLUMNS)})"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Django translates the errors of `execute`, but not those of COPY.
            with connection.wrap_database_errors, cursor.copy(f"COPY {into} FROM STDIN") as copy:
                copy.write("".join(map(_copy_line, rows)))
        else:
            places = ", ".join(["%s"] * len(_COLUMNS))
            cursor.executemany(f"INSERT INTO {into} VALUES ({places})", list(rows))  # noqa: S608  our own names


_COLUMNS = ("run_id", "seq", "at", "phase", "type", "level", "message", "resource", "data")
# What COPY's text format must escape (PostgreSQL manual, COPY, "Text Format").
_COPY_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


def _copy_line(row: _Row) -> str:
    # Not write_row: adapting nine values one by one takes as long as everything else that happens to a line.
    return "\t".join([_copy_field(str(value)) for value in row]) + "\n"


def _copy_field(text: str) -> str:
    if "\\" in text or "\t" in text or "\n" in text or "\r" in text:
        return text.translate(_COPY_ESCAPES)
    return text


def _row(run_id: UUID | str, seq: int, event: NewEvent) -> _Row:
    return (
        run_id,
        seq,
        connection.ops.adapt_datetimefield_value(event.at),
        event.phase,
        event.type,
        event.level,
        clean.text(event.message[:MESSAGE_LIMIT]),
        clean.text(event.resource[:300]),
        clean.to_json(event.data),
    )


def after(*, run_id: UUID, cursor: int, limit: int) -> list[SentEvent]:
    """Up to `limit` events with `seq` above the cursor, in order, as they are sent."""
    found = RunEvent.objects.filter(run_id=run_id, seq__gt=cursor).order_by("seq")
    # Not as models: creating them would be a third of the time from a burst to its viewers.
    return [_wire(*row) for row in found.values_list(*_WIRE)[:limit]]


_WIRE = ("seq", "at", "phase", "type", "level", "message", "resource", "data")


def _wire(
    seq: int,
    at: datetime,
    phase: str,
    kind: str,
    level: str,
    message: str,
    resource: str,
    data: dict[str, object],
) -> SentEvent:
    # As every interface sends it.
    moment = at.isoformat(timespec="microseconds").replace("+00:00", "Z")
    return {
        "seq": seq,
        "at": moment,
        "phase": phase,
        "type": kind,
        "level": level,
        "message": message,
        "resource": resource,
        "data": data,
    }


def canonical_line(event: Mapping[str, object]) -> str:
    """The event as one line of JSON: keys sorted, no spaces, no escapes, as JavaScript writes it."""
    return _CANONICAL.encode(event) + "\n"


_CANONICAL = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def lines(*, run_id: UUID, page: int = 2000) -> Iterator[str]:
    """Every event of a run as canonical lines, read page by page."""
    cursor = 0
    while events := after(run_id=run_id, cursor=cursor, limit=page):
        yield from map(canonical_line, events)
        cursor = events[-1]["seq"]


class Digest:
    """The SHA-256 over a run's canonical lines; `sha256sum` of the JSON lines download gives the same.

    A million lines take 15 s: read what exists before a transaction, and the rest inside it.
    """

    def __init__(self, run_id: UUID) -> None:
        self._run_id = run_id
        self._cursor = 0
        self._sha256 = hashlib.sha256()

    def read_on(self, *, page: int = 2000) -> str:
        """Read all events stored since the last call. Returns the hex digest up to there."""
        while events := after(run_id=self._run_id, cursor=self._cursor, limit=page):
            self._sha256.update("".join(map(canonical_line, events)).encode())
            self._cursor = events[-1]["seq"]
        return self._sha256.hexdigest()
