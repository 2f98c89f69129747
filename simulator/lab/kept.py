"""What is set in the laboratory, as a file beside the account's snapshot: `lab.json`."""

import json
import logging
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

NAME = "lab.json"


def read(directory: Path) -> dict[str, Any]:
    """What was written last; empty at the first start. A damaged file is renamed and begins anew."""
    path = directory / NAME
    try:
        content = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    except ValueError as reason:
        aside = path.with_name(f"{NAME}.unreadable-{datetime.now(UTC):%Y%m%dT%H%M%S%f}")
        path.rename(aside)
        log.error("%s cannot be read (%s); it is now %s", NAME, reason, aside.name)
        return {}
    return content if isinstance(content, dict) else {}


def write(directory: Path, content: dict[str, Any]) -> None:
    """Replace the file in one step. It outlives this process, however that ends."""
    fresh = directory / f"{NAME}.new"
    # A scripted console text may hold what a real one would.
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(content, file, indent=1)
    fresh.replace(directory / NAME)
