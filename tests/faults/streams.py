"""Copies of the files that Terraform's output was written to, which survive their workspaces.

Each file gets a hard link as soon as it exists, because the end of its run removes it.
"""

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from provisioner.terraform import stream

# Shorter than the start of Terraform.
_LOOK_SECONDS = 0.02


@contextmanager
def kept() -> Iterator[None]:
    """Keep the file of every phase that starts inside the block."""
    over = threading.Event()
    keeper = threading.Thread(
        target=_keep_until, args=(over, Path(settings.RUNS_DIR), _folder()), daemon=True
    )
    keeper.start()
    try:
        yield
    finally:
        over.set()
        keeper.join()


def written(run_id: Any) -> list[tuple[str, datetime | None]]:
    """Type and time of every line that a run's phases have written, in order; plain text has no time."""
    files = sorted((_folder() / str(run_id)).glob("*.jsonl"))
    messages = [stream.parse(line) for file in files for line in io.BytesIO(file.read_bytes())]
    return [(message.type, message.at) for message in messages]


def _folder() -> Path:
    return Path(settings.VAR_DIR) / "streams"


def _keep_until(over: threading.Event, runs: Path, folder: Path) -> None:
    while not over.wait(_LOOK_SECONDS):
        # A workspace may be removed during the search.
        with suppress(FileNotFoundError):
            for path in runs.glob("*/*/stream.jsonl"):
                _keep(path, folder / path.parts[-3])


def _keep(path: Path, beside: Path) -> None:
    beside.mkdir(parents=True, exist_ok=True)
    names = list(beside.iterdir())
    if not any(name.samefile(path) for name in names):
        (beside / f"{len(names)}.jsonl").hardlink_to(path)
