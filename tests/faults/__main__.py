"""Runs the tests of all sixty faults and of each removed protection, and prints the result of each.

python -m tests.faults [pytest arguments]
"""

import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from tests.faults import table

_WORDS = {"fault": ("passes", "FAILS", "no test"), "mutation": ("found", "MISSED", "no test")}
_TITLES = {"fault": table.TITLES, "mutation": table.MUTATIONS}
Key = tuple[str, int]


class Ledger:
    """The results of the tests of each fault and each mutation."""

    def __init__(self) -> None:
        self._keys: dict[str, set[Key]] = {}
        self._passed: defaultdict[Key, int] = defaultdict(int)
        self._failed: defaultdict[Key, int] = defaultdict(int)
        self._seconds: defaultdict[Key, float] = defaultdict(float)
        self._measured: defaultdict[Key, list[str]] = defaultdict(list)

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        for item in items:
            marked = {(kind, mark.args[0]) for kind in _TITLES for mark in item.iter_markers(kind)}
            listed = {
                ("fault", n) for n, names in table.SHOWN_ELSEWHERE.items() if _is_in(item.nodeid, names)
            }
            self._keys[item.nodeid] = marked | listed

    def pytest_runtest_logreport(self, report: Any) -> None:
        for key in self._keys[report.nodeid]:
            self._seconds[key] += report.duration
            if report.failed:
                self._failed[key] += 1
            elif report.when == "call" and report.passed:
                self._passed[key] += 1
                self._measured[key] += [f"{name}: {value}" for name, value in report.user_properties]

    @property
    def is_complete(self) -> bool:
        """Whether every fault passes and every mutation was detected."""
        return all(self._state((kind, n)) == _WORDS[kind][0] for kind in _TITLES for n in _TITLES[kind])

    def lines(self) -> list[str]:
        """One line for each fault and mutation, in order, and the totals."""
        reported = []
        for kind, titles in _TITLES.items():
            states = {number: self._state((kind, number)) for number in titles}
            reported += [self._line((kind, number), title) for number, title in titles.items()]
            sums = ", ".join(f"{word}: {list(states.values()).count(word)}" for word in _WORDS[kind])
            reported += [f"{kind}s: {sums}", ""]
        return reported

    def _line(self, key: Key, title: str) -> str:
        measured = "".join(f"; {words}" for words in self._measured[key])
        kind, number = key
        what = f"{number:3}" if kind == "fault" else f"protection of {number:2}"
        cost = f"{self._passed[key]} passed, {self._seconds[key]:.0f} s"
        return f"{what} {self._state(key):8} {title}  ({cost}{measured})"

    def _state(self, key: Key) -> str:
        good, bad, nothing = _WORDS[key[0]]
        if self._failed[key]:
            return bad
        return good if self._passed[key] else nothing


def _is_in(nodeid: str, names: tuple[str, ...]) -> bool:
    return nodeid in names or nodeid.partition("[")[0] in names


def main(arguments: list[str]) -> int:
    """The exit code of pytest, or 1 if a fault has no passed test."""
    ledger = Ledger()
    elsewhere = sorted({name for names in table.SHOWN_ELSEWHERE.values() for name in names})
    wanted = [str(Path(__file__).parent), *elsewhere, *arguments]
    code = pytest.main(["--override-ini", "addopts=-ra --strict-markers", *wanted], plugins=[ledger])
    sys.stdout.write("\n".join(["", *ledger.lines()]))
    return int(code) or int(not ledger.is_complete)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
