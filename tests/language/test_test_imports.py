"""Tests share code through helper modules: nothing imports from a test module or from a conftest."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("tests", "benchmarks")


def imported(source: str, *, package: str) -> Iterator[str]:
    """Every module, and every name that may be a module, that a source in `package` imports."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: -node.level + 1 or None] if node.level else []
            module = ".".join([*parents, *([node.module] if node.module else [])])
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def forbidden(source: str, *, package: str = "tests.language") -> list[str]:
    """The imports of test modules and conftests; relative ones start from `package`."""
    return [name for name in imported(source, package=package) if _is_for_pytest_only(name)]


def _is_for_pytest_only(name: str) -> bool:
    """Whether the dotted name is a test module or a conftest, or something in one."""
    parts = name.split(".")
    return parts[0] == "tests" and any(
        part == "conftest" or (part.startswith("test_") and _is_module(parts[: index + 1]))
        for index, part in enumerate(parts)
    )


def _is_module(parts: list[str]) -> bool:
    return ROOT.joinpath(*parts).with_suffix(".py").is_file()


def _package(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).parent.parts)


def test_no_module_imports_from_a_test_module_or_a_conftest() -> None:
    found = {
        str(path.relative_to(ROOT)): names
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*.py")
        if (names := forbidden(path.read_text(), package=_package(path)))
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
        "from .test_test_imports import forbidden",
        "from . import test_test_imports",
        "from ..conftest import alice",
        "def late():\n    from tests.conftest import alice",
    ],
)
def test_such_an_import_is_found(planted: str) -> None:
    assert forbidden(planted) != []
