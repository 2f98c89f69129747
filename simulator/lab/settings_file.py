"""The lab's settings on disk: `lab.json`, next to the account's snapshot."""

import json
import logging
import os
from datetime import UTC, datetime
from pathlib import Path

from simulator.json_types import JsonObject

log = logging.getLogger(__name__)

NAME = "lab.json"


def read(directory: Path) -> JsonObject:
    """The last saved settings, empty if there are none. A damaged file is renamed and counts as none."""
    path = directory / NAME
    try:
        content = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    except ValueError as reason:
        aside = path.with_name(f"{NAME}.unreadable-{datetime.now(UTC):%Y%m%dT%H%M%S%f}")
        path.rename(aside)
        log.error(
            "%s cannot be read (%s); renamed it to %s and started with defaults", NAME, reason, aside.name
        )
        return {}
    return content if isinstance(content, dict) else {}


def write(directory: Path, content: JsonObject) -> None:
    """Replace the file atomically."""
    fresh = directory / f"{NAME}.new"
    # Only the owner may read it: a console text can hold secrets, like a real console.
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(content, file, indent=1)
    fresh.replace(directory / NAME)
