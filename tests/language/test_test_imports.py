"""Tests share code through helper modules: nothing imports from a test module or from a conftest."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("tests", "benchmarks")


def imported(source: str) -> Iterator[str]:
    """Every module, and every name that may be a module, that the source imports."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def forbidden(source: str) -> list[str]:
    return [
        name
        for name in imported(source)
        if name.startswith("tests.") and any(_is_test_module(name, part) for part in name.split(".")[1:])
    ]


def _is_test_module(name: str, part: str) -> bool:
    path = ROOT.joinpath(*name.split(".")[: name.split(".").index(part) + 1])
    return part == "conftest" or (part.startswith("test_") and path.with_suffix(".py").is_file())


def test_no_module_imports_from_a_test_module_or_a_conftest() -> None:
    found = {
        str(path.relative_to(ROOT)): names
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*.py")
        if (names := forbidden(path.read_text()))
    }

    assert found == {}


@pytest.mark.parametrize(
    "planted",
    [
        "from tests.language.test_test_imports import forbidden",
        "from tests.language import test_test_imports",
        "import tests.language.test_test_imports",
        "from tests.conftest import alice",
        "from tests import conftest",
    ],
)
def test_such_an_import_is_found(planted: str) -> None:
    assert forbidden(planted) != []
