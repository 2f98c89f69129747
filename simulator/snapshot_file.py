"""The snapshot on disk: one line of JSON that describes the pickle, then the pickle.

`account.snapshot` is the newest snapshot, `account.snapshot.previous` the one before it. A file is complete
or absent: it is written under another name, synced to disk, then renamed.
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
    """The file is damaged, or was written in another format or by another version of moto."""


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
    """Make `data` the newest snapshot and keep the previous one. Returns when it is on disk.

    Raises OSError if it cannot be written; then the newest snapshot is still the old one.
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
    # Only the owner may read it: it holds private keys, passwords and state files.
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(json.dumps(asdict(header)).encode() + b"\n")
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    if newest.exists():
        # A hard link, not a rename: the newest snapshot exists at every moment.
        previous.unlink(missing_ok=True)
        os.link(newest, previous)
    fresh.replace(newest)
    _sync_directory(directory)
    return header


def read(path: Path) -> tuple[Header, bytes]:
    """The header and the pickle of a snapshot.

    Raises FileNotFoundError if there is no file, CannotRead if it is incomplete or not in our format.
    """
    first, _, data = path.read_bytes().partition(b"\n")
    try:
        header = Header(**json.loads(first))
    except (ValueError, TypeError) as reason:
        raise CannotRead(f"{path.name} does not begin with a valid header: {reason}") from reason
    if header.format != FORMAT or header.moto != moto.__version__:
        raise CannotRead(
            f"{path.name} has format {header.format} and moto {header.moto}, "
            f"this simulator reads format {FORMAT} and moto {moto.__version__}"
        )
    if len(data) != header.length or hashlib.sha256(data).hexdigest() != header.sha256:
        raise CannotRead(
            f"{path.name} is damaged: it has {len(data)} of {header.length} bytes, or another SHA-256"
        )
    return header, data


def set_aside(path: Path) -> str:
    """Rename a snapshot that cannot be read, so that nothing overwrites it. Returns its new name."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    aside = path.with_name(f"{path.name}.unreadable-{stamp}")
    path.rename(aside)
    return aside.name


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
