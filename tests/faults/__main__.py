"""Tries all sixty faults and prints each with its state.

python -m tests.faults
"""

import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from tests.faults import table


class Ledger:
    """What became of each fault's tests."""

    def __init__(self) -> None:
        self._faults: dict[str, set[int]] = {}
        self._passed: defaultdict[int, int] = defaultdict(int)
        self._failed: defaultdict[int, list[str]] = defaultdict(list)

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        for item in items:
            marked = {mark.args[0] for mark in item.iter_markers("fault")}
            listed = {number for number, names in table.SHOWN_ELSEWHERE.items() if _is_in(item.nodeid, names)}
            self._faults[item.nodeid] = marked | listed

    def pytest_runtest_logreport(self, report: Any) -> None:
        for number in self._faults[report.nodeid]:
            if report.failed:
                self._failed[number].append(report.nodeid)
            elif report.when == "call" and report.passed:
                self._passed[number] += 1

    def lines(self) -> list[str]:
        """One per fault, in order, and their sums."""
        states = {number: self._state(number) for number in table.TITLES}
        sums = [f"{word}: {list(states.values()).count(word)}" for word in ("holds", "FAILS", "not yet")]
        told = [
            f"{number:3} {states[number]:8} {title}  ({self._passed[number]} passed)"
            for number, title in table.TITLES.items()
        ]
        return [*told, "", ", ".join(sums)]

    def _state(self, number: int) -> str:
        if self._failed[number]:
            return "FAILS"
        return "holds" if self._passed[number] else "not yet"


def _is_in(nodeid: str, names: tuple[str, ...]) -> bool:
    return nodeid in names or nodeid.partition("[")[0] in names


def main() -> int:
    """Pytest's exit code."""
    ledger = Ledger()
    elsewhere = sorted({name for names in table.SHOWN_ELSEWHERE.values() for name in names})
    wanted = ["-m", "slow_fault or not slow_fault", str(Path(__file__).parent), *elsewhere]
    code = pytest.main(["--override-ini", "addopts=-ra --strict-markers", *wanted], plugins=[ledger])
    sys.stdout.write("\n".join(["", *ledger.lines(), ""]))
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
