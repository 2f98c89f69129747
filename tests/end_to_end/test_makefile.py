"""What `make` installs first, tested with a Python that only records its arguments."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.demo_process import ROOT

NOTING = """#!/bin/sh
echo "$@" >> {notes}
"""
# As on Debian without python3-venv: the environment has a python, but no pip.
HALF = """#!/bin/sh
case "$*" in
  "-m venv "*) mkdir -p "$3/bin"; touch "$3/bin/python"; exit 1;;
esac
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with the Makefile and lock files that are an hour old."""
    folder = tmp_path / "checkout"
    (folder / "requirements").mkdir(parents=True)
    shutil.copy(ROOT / "Makefile", folder)
    for name in ("demo.txt", "development.txt"):
        (folder / "requirements" / name).touch()
        age(folder / "requirements" / name, minutes=60)
    return folder


@pytest.fixture
def notes(checkout: Path, tmp_path: Path) -> Path:
    """The arguments of the checkout's Python, one call per line."""
    found = tmp_path / "notes"
    found.touch()
    program(checkout / ".venv/bin/python", NOTING.format(notes=found))
    return found


def program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def age(path: Path, *, minutes: float) -> None:
    then = path.stat().st_mtime - 60 * minutes
    os.utime(path, (then, then))


def make(folder: Path, *words: str) -> int:
    return subprocess.run(["make", "-s", *words], cwd=folder, check=False, capture_output=True).returncode


class TestPackages:
    def test_of_the_demo_are_not_installed_if_those_of_the_tests_are_current(
        self, checkout: Path, notes: Path
    ) -> None:
        (checkout / ".venv/.development").touch()

        assert make(checkout, ".venv/.demo") == 0
        assert notes.read_text() == ""

    def test_are_installed_again_after_a_pull(self, checkout: Path, notes: Path) -> None:
        for name in (".development", ".demo"):
            (checkout / ".venv" / name).touch()
            age(checkout / ".venv" / name, minutes=120)

        assert make(checkout, ".venv/.demo") == 0
        assert notes.read_text().endswith("-r requirements/demo.txt\n")
        # The packages of the tests are outdated, too.
        assert make(checkout, ".venv/.development") == 0
        assert notes.read_text().endswith("-r requirements/development.txt\n")


def test_an_incomplete_environment_is_removed(checkout: Path) -> None:
    program(checkout / "python", HALF)

    assert make(checkout, "PYTHON=./python", ".venv/bin/python") != 0
    assert not (checkout / ".venv").exists()
