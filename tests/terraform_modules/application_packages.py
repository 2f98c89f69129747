"""The packages of the blueprint's application, fetched once by pip and kept in pytest's cache."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples/fastapi_app"
LOCKS = (EXAMPLE / "app/requirements.txt", EXAMPLE / "requirements-test.txt")


def wheels(cache: pytest.Cache) -> Path:
    """A folder with every wheel that the locks name."""
    return _made(cache, "wheels", _download)


def python(cache: pytest.Cache) -> Path:
    """A Python that has the application's packages and those of its tests, and no others."""
    return _made(cache, "venv", lambda folder: _install(folder, wheels(cache))) / "bin/python"


def _made(cache: pytest.Cache, name: str, make: Callable[[Path], None]) -> Path:
    """`name` in the cache, created again when a lock or this Python is another."""
    reported = b"".join(lock.read_bytes() for lock in LOCKS) + sys.version.encode()
    folder = cache.mkdir(f"application-{hashlib.sha256(reported).hexdigest()[:12]}") / name
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        make(folder)
        (folder / "complete").touch()
    return folder


def _download(folder: Path) -> None:
    for lock in LOCKS:
        _pip(sys.executable, "download", "--dest", str(folder), "--no-deps", "-r", str(lock))


def _install(folder: Path, found: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    for lock in LOCKS:
        offline = ("--no-index", "--find-links", str(found))
        _pip(str(folder / "bin/python"), "install", "--no-deps", *offline, "-r", str(lock))


def _pip(interpreter: str, verb: str, *arguments: str) -> None:
    command = [interpreter, "-m", "pip", verb, "--quiet", "--disable-pip-version-check", "--require-hashes"]
    done = subprocess.run(
        [*command, "--only-binary", ":all:", *arguments], capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stderr
