"""Processes of the portal that a test starts: with nothing of the caller's settings in their environment."""

import os
import tempfile

KEPT = ("PATH", "HOME", "LANG", "VIRTUAL_ENV")


def environment(**variables: str) -> dict[str, str]:
    """An environment from nothing, with a folder of its own unless VAR_DIR is given."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    folder = variables.get("VAR_DIR") or tempfile.mkdtemp(prefix="portal-")
    return kept | {"VAR_DIR": folder} | variables
