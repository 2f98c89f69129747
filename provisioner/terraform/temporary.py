"""A run's TMPDIR. It is outside the workspace, where its path is short, with a link to it inside."""

import os
import shutil
import stat
import tempfile
from pathlib import Path

# A provider listens on <TMPDIR>/plugin<up to 10 digits>, and a socket's path has at most 107 bytes. The
# portal can be installed in a folder of any depth.
_LONGEST_BYTES = 107 - len("/plugin0123456789")
_PREFIX = "terraform-"
_LINK = "tmp"


def ensure_folder(workspace: Path) -> Path:
    """The run's folder for temporary files, readable by its owner only; created if it is missing."""
    link = workspace / _LINK
    if link.is_symlink() and _is_ours(target := link.readlink()):
        return target
    link.unlink(missing_ok=True)
    made = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=_place()))
    link.symlink_to(made)
    return made


def remove(workspace: Path) -> None:
    """Delete the folder behind the link. No error if there is none."""
    link = workspace / _LINK
    if link.is_symlink() and _is_ours(target := link.readlink()):
        shutil.rmtree(target)


def _is_ours(folder: Path) -> bool:
    # A restart empties the folder, and then anybody can have created one with this name.
    try:
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and found.st_mode & 0o077 == 0


def _place() -> str:
    usual = tempfile.gettempdir()
    room = _LONGEST_BYTES - len(f"/{_PREFIX}12345678")
    return usual if len(os.fsencode(usual)) <= room else "/tmp"  # noqa: S108  short, and mkdtemp makes it private
