"""The account's identity, and its restoration at start.

An account is one *generation* from the moment it began with nothing. A restart continues the generation; an
account that had to begin anew is a new one, and whoever remembers the old one can tell.
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
    """What `GET /_lab/account` answers. Times are ISO 8601, UTC."""

    generation: str
    began_at: str
    started_at: str
    restored: bool = False
    restored_from: str | None = None
    set_aside: str | None = None
    revision: int = 0


def open_account(directory: Path) -> Identity:
    """Restore the newest readable snapshot in `directory`; begin a new account if there is none.

    A snapshot that cannot be read is renamed and named in the answer, never overwritten.
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
            log.error("%s; it is now %s", reason, identity.set_aside)
            continue
        identity.generation, identity.began_at = header.generation, header.began_at
        identity.restored, identity.restored_from = True, header.written_at
        identity.revision = header.revision
        break
    return identity
