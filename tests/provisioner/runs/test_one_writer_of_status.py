"""Only one function writes a status. The test reads the engine's source."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import TypeGuard

ENGINE = Path(__file__).resolve().parents[3] / "provisioner"
# Creating a row with a status is allowed. `status` of the cloud is something else.
MAY = {"lifecycle.py"}
NOT_OURS = {"simulator", "cloud", "terraform", "migrations", "blueprints"}


def writes(source: str) -> Iterator[int]:
    """Lines that assign an attribute `status`, or pass `status=` to an update."""
    for node in ast.walk(ast.parse(source)):
        targets = node.targets if isinstance(node, ast.Assign) else []
        targets += [node.target] if isinstance(node, ast.AugAssign | ast.AnnAssign) else []
        for target in [part for each in targets for part in ast.walk(each)]:
            if isinstance(target, ast.Attribute) and target.attr == "status":
                yield target.lineno
        if _is_update(node):
            yield from (node.lineno for keyword in node.keywords if keyword.arg == "status")


def _is_update(node: ast.AST) -> TypeGuard[ast.Call]:
    is_method = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    return is_method and node.func.attr in ("update", "bulk_update", "update_or_create")  # type: ignore


def test_only_lifecycle_writes_a_status() -> None:
    files = [path for path in ENGINE.rglob("*.py") if not NOT_OURS & set(path.relative_to(ENGINE).parts)]

    found = {path.name: list(writes(path.read_text())) for path in files}

    assert {name for name, lines in found.items() if lines} == MAY


def test_the_search_finds_each_kind_of_write() -> None:
    assert list(writes("run.status = 1")) == [1]
    assert list(writes("a, run.status = 1, 2")) == [1]
    assert list(writes("Run.objects.update(status=1)")) == [1]
    assert list(writes("Run.objects.create(status=1); run.reason = 2")) == []
