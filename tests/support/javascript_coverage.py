"""The lines of the browser's scripts that the tests in Node.js reach.

python -m tests.support.javascript_coverage

Scripts that only a browser can run (`page.js`, what draws the run page) count as not reached, although the
browser tests use them.
"""

import re
import subprocess
import sys
from pathlib import Path

from tests.support.demo_process import ROOT

SCRIPTS = ROOT / "portal/static/js"
TESTS = ROOT / "tests/portal/runs"


def main() -> int:
    """Print a table and the total. Returns the exit code of the tests."""
    tests = sorted(path.name for path in TESTS.glob("*.test.mjs"))
    command = ["node", "--test", "--experimental-test-coverage", "--test-reporter=lcov", *tests]
    done = subprocess.run(command, cwd=TESTS, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.stderr.write(f"The tests of the scripts fail: cd {TESTS.relative_to(ROOT)} && node --test\n")
        return done.returncode
    reached = lines_reached(done.stdout)
    counts = {path: reached.get(path) or (0, _length(path)) for path in sorted(SCRIPTS.rglob("*.js"))}
    for path, (hit, found) in counts.items():
        sys.stdout.write(_row(str(path.relative_to(ROOT)), hit, found))
    hit, found = (sum(column) for column in zip(*counts.values(), strict=True))
    sys.stdout.write(_row("TOTAL", hit, found))
    return 0


def lines_reached(report: str) -> dict[Path, tuple[int, int]]:
    """Lines reached, and lines of the file, for each file of an lcov report."""
    counts = {}
    for record in report.split("end_of_record"):
        values = dict(re.findall(r"^(SF|LH|LF):(.+)$", record, flags=re.MULTILINE))
        if "SF" in values:
            counts[(TESTS / values["SF"]).resolve()] = (int(values["LH"]), int(values["LF"]))
    return counts


def _length(path: Path) -> int:
    return len(path.read_text().splitlines())


def _row(name: str, hit: int, found: int) -> str:
    return f"{name:<45} {found:>6} lines {found - hit:>6} missed {100 * hit / found:>6.0f}%\n"


if __name__ == "__main__":
    sys.exit(main())
