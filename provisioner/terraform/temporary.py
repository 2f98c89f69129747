"""A run's TMPDIR. It is outside the workspace, to keep its path short; the workspace has a link to it."""

import os
import shutil
import stat
import tempfile
from pathlib import Path

# A provider listens on <TMPDIR>/plugin<up to 10 digits>, and a socket's path has at most 107 bytes. The
# portal may be installed in deeply nested folders.
_LONGEST_BYTES = 107 - len("/plugin0123456789")
_PREFIX = "terraform-"
_LINK = "tmp"


def ensure_folder(workspace: Path) -> Path:
    """The run's private folder for temporary files. Created if it does not exist (any more)."""
    link = workspace / _LINK
    if link.is_symlink() and _is_ours(target := link.readlink()):
        return target
    link.unlink(missing_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=_parent()))
    link.symlink_to(folder)
    return folder


def remove(workspace: Path) -> None:
    """Delete the folder behind the link, if there is one."""
    link = workspace / _LINK
    if link.is_symlink() and _is_ours(target := link.readlink()):
        shutil.rmtree(target)


def _is_ours(folder: Path) -> bool:
    # After a restart of the host it is gone, and another user may have created one with its name.
    try:
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and found.st_mode & 0o077 == 0


def _parent() -> str:
    default = tempfile.gettempdir()
    limit = _LONGEST_BYTES - len(f"/{_PREFIX}12345678")
    return default if len(os.fsencode(default)) <= limit else "/tmp"  # noqa: S108  short, and mkdtemp makes it private
