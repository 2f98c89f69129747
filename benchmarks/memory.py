"""Memory of the idle portal: the PSS of each process, and sums with and without the demo's Redis and account.

    make memory
    python benchmarks/memory.py              starts a demo for the measurement
    python benchmarks/memory.py var          measures the demo that wrote var/demo.json

PSS divides a page among the processes that share it, so the sum is the memory that the machine uses.
"""

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

import running_demo  # noqa: E402  next to this file

# By then a worker has sent a heartbeat and done its housekeeping, and has imported everything.
SETTLING_SECONDS = 15


def main() -> int:
    if len(sys.argv) > 1:
        _print(json.loads((Path(sys.argv[1]) / "demo.json").read_text())["processes"])
        return 0
    with (
        tempfile.TemporaryDirectory(prefix="memory-") as folder,
        running_demo.running(Path(folder)) as portal,
    ):
        time.sleep(SETTLING_SECONDS)
        _print(portal.processes)
    return 0


def _print(processes: dict[str, int]) -> None:
    """Each process of the demo with its children, the supervisor, and the sums."""
    children = _children()
    supervisor = next(parent for parent, found in children.items() if processes["web"] in found)
    total = _line("supervisor", [supervisor])
    for name, pid in processes.items():
        total += _line(name, [pid, *_below(pid, children)])
    redis, account = _pss(processes["redis"]), _pss(processes["aws"])
    print(f"{total:7.1f} MB   all processes, with the simulated AWS account and Redis")
    print(f"{total - account:7.1f} MB   without the simulated AWS account")
    print(f"{total - account - redis:7.1f} MB   without the simulated AWS account and Redis")


def _line(name: str, pids: list[int]) -> float:
    each = [_pss(pid) for pid in pids]
    parts = " + ".join(f"{part:.1f}" for part in each) if len(each) > 1 else ""
    print(f"{name:<16} {sum(each):7.1f} MB   {parts}".rstrip(), flush=True)
    return sum(each)


def _below(pid: int, children: dict[int, list[int]]) -> Iterator[int]:
    for child in children.get(pid, []):
        yield child
        yield from _below(child, children)


def _children() -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            try:
                stat = (process / "stat").read_text()
            except OSError:
                continue
            found.setdefault(int(stat.rpartition(")")[2].split()[1]), []).append(int(process.name))
    return found


def _pss(pid: int) -> float:
    """Proportional set size in MB."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:"))


if __name__ == "__main__":
    sys.exit(main())
