"""No fault is silently missing, and what the table names is there."""

import ast
from pathlib import Path

from tests.engine.processes import ROOT
from tests.faults import table


def test_all_sixty_have_a_title() -> None:
    assert list(table.TITLES) == list(range(1, 61))


def test_what_the_table_names_exists() -> None:
    names = {name.partition("[")[0] for names in table.SHOWN_ELSEWHERE.values() for name in names}

    assert {name for name in names if not _exists(name)} == set()


def _exists(name: str) -> bool:
    file, *path = name.split("::")
    found: list[ast.stmt] = ast.parse((ROOT / Path(file)).read_text()).body
    for part in path:
        inside = [each for each in found if getattr(each, "name", "") == part]
        if not inside:
            return False
        found = getattr(inside[0], "body", [])
    return True
