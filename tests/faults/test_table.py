"""Every fault has a test, and every test in the table exists."""

import ast
import re
from pathlib import Path

from tests.faults import table
from tests.support.processes import ROOT


def test_all_sixty_faults_have_a_title() -> None:
    assert list(table.TITLES) == list(range(1, 61))


def test_each_fault_and_each_mutation_has_a_test() -> None:
    texts = [path.read_text() for path in Path(__file__).parent.glob("test_*.py")]
    marked = {
        kind: {int(number) for text in texts for number in re.findall(rf"mark\.{kind}\((\d+)\)", text)}
        for kind in ("fault", "mutation")
    }

    assert marked["fault"] | set(table.SHOWN_ELSEWHERE) == set(table.TITLES)
    assert marked["mutation"] == set(table.MUTATIONS)


def test_all_tests_in_the_table_exist() -> None:
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
