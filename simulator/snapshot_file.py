"""The snapshot on disk: one line of JSON that says what follows, then the pickle.

`account.snapshot` is the newest, `account.snapshot.previous` the one before it. A file is complete or absent:
written under another name, forced to disk, renamed.
"""

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import moto

NEWEST = "account.snapshot"
PREVIOUS = "account.snapshot.previous"
FORMAT = 2


class CannotRead(Exception):
    """The file is damaged, or of another format or version of moto."""


@dataclass(frozen=True, kw_only=True)
class Header:
    """First line of the file. `revision` counts the snapshots of one generation, from 1."""

    generation: str
    revision: int
    written_at: str
    began_at: str
    length: int
    sha256: str
    moto: str = moto.__version__
    format: int = FORMAT


def write(data: bytes, *, directory: Path, generation: str, revision: int, began_at: str) -> Header:
    """Make `data` the newest snapshot and keep the one before. Returns once it is on disk.

    Raises OSError when the disk does not take it; the newest snapshot is then still the old one.
    """
    header = Header(
        generation=generation,
        revision=revision,
        written_at=datetime.now(UTC).isoformat(),
        began_at=began_at,
        length=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
    )
    fresh, newest, previous = directory / f"{NEWEST}.new", directory / NEWEST, directory / PREVIOUS
    # Private keys, passwords and state files are in it.
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(json.dumps(asdict(header)).encode() + b"\n")
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    if newest.exists():
        # A link, not a rename: there is no moment without a newest snapshot.
        previous.unlink(missing_ok=True)
        os.link(newest, previous)
    fresh.replace(newest)
    _force_names_to_disk(directory)
    return header


def read(path: Path) -> tuple[Header, bytes]:
    """The header and the pickle of a snapshot.

    Raises FileNotFoundError if there is none, CannotRead if it is not whole or not ours.
    """
    first, _, data = path.read_bytes().partition(b"\n")
    try:
        header = Header(**json.loads(first))
    except (ValueError, TypeError) as reason:
        raise CannotRead(f"{path.name} does not begin with a header: {reason}") from reason
    if header.format != FORMAT or header.moto != moto.__version__:
        raise CannotRead(f"{path.name} is format {header.format} of moto {header.moto}")
    if len(data) != header.length or hashlib.sha256(data).hexdigest() != header.sha256:
        raise CannotRead(f"{path.name} holds {len(data)} of {header.length} bytes, or not the ones written")
    return header, data


def set_aside(path: Path) -> str:
    """Rename a snapshot that cannot be read, so that nothing overwrites it. Returns its new name."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    aside = path.with_name(f"{path.name}.unreadable-{stamp}")
    path.rename(aside)
    return aside.name


def _force_names_to_disk(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
