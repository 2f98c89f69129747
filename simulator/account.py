"""The account's identity, and how it is restored at start.

A *generation* is one account from its empty beginning. A restart continues the generation. An account that
starts empty, because its snapshots cannot be read or somebody emptied it, gets a new generation. So the
portal can tell that what it remembers of the old one is gone.
"""

import logging
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from simulator import account_pickle, snapshot_file

log = logging.getLogger(__name__)


@dataclass(kw_only=True)
class Identity:
    """The response to `GET /_lab/account`. Times are ISO 8601, UTC."""

    generation: str
    began_at: str
    started_at: str
    restored: bool = False
    restored_from: str | None = None
    set_aside: str | None = None
    revision: int = 0


def open_account(directory: Path) -> Identity:
    """Restore the newest readable snapshot in `directory`, or start an empty account if there is none.

    A snapshot that cannot be read is renamed, never overwritten. `set_aside` is its new name.
    """
    now = datetime.now(UTC).isoformat()
    identity = Identity(generation=str(uuid.uuid4()), began_at=now, started_at=now)
    for name in (snapshot_file.NEWEST, snapshot_file.PREVIOUS):
        path = directory / name
        try:
            header, data = snapshot_file.read(path)
            account_pickle.restore(data)
        except FileNotFoundError:
            continue
        except (snapshot_file.CannotRead, account_pickle.CannotRestore) as reason:
            identity.set_aside = snapshot_file.set_aside(path)
            log.error("cannot restore %s: %s; renamed it to %s", name, reason, identity.set_aside)
            continue
        identity.generation, identity.began_at = header.generation, header.began_at
        identity.restored, identity.restored_from = True, header.written_at
        identity.revision = header.revision
        break
    return identity
