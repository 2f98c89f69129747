"""How long a person waits for the first line: from the order to its arrival on the WebSocket, worker idle.

    python benchmarks/first_line.py                 ten orders over the API, ten by `manage.py order`
    python benchmarks/first_line.py --rounds 20

Event 1 is written by the order itself. The worker's first line is the first one after it; Terraform's own
first line comes from `terraform init`, which takes 0.3 s to print anything. For `manage.py order` the time
counts from the start of its process, and again from event 1, without the start of Python.
"""

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

import running_demo  # noqa: E402  beside this file
from websockets.asyncio.client import connect  # noqa: E402

BLUEPRINT = "fifty"
OURS = frozenset({"status", "portal", "step_start", "step_end", "text"})


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=10)
    options = parser.parse_args()
    settings = running_demo.with_small_blueprints()
    with (
        tempfile.TemporaryDirectory(prefix="first-line-") as folder,
        running_demo.running(Path(folder), **settings) as portal,
    ):
        # The first order creates the state bucket; later ones find it.
        _print("the portal's first order, over the API", [_measured(portal, _by_api, "first")])
        _print("over the API", [_measured(portal, _by_api, f"api-{n}") for n in range(options.rounds)])
        by_shell = [_measured(portal, _by_shell, f"shell-{n}") for n in range(options.rounds)]
        _print("manage.py order", by_shell)
    return 0


def _by_api(portal: running_demo.Portal, name: str) -> str:
    order = {"blueprint": BLUEPRINT, "name": name, "inputs": {}}
    return str(portal.call("POST", "/api/v1/environments/", order)["latest_run"]["id"])


def _by_shell(portal: running_demo.Portal, name: str) -> str:
    command = [sys.executable, "-u", "manage.py", "order", BLUEPRINT, "--name", name]
    process = subprocess.Popen(command, cwd=ROOT, env=portal.environment, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    # Not waited for: once it has printed the run's ID, it takes some time to end.
    output = process.stdout.readline()
    return output.strip().removesuffix(".").rpartition(" ")[2]


def _measured(
    portal: running_demo.Portal, order: Callable[[running_demo.Portal, str], str], name: str
) -> dict[str, float]:
    """Seconds from the submit to each kind of line. Returns when the worker is idle again."""
    start = time.time()
    run_id = order(portal, name)
    seconds: dict[str, float] = {"the order is answered": time.time() - start}
    ordered_at = 0.0
    for at, event in asyncio.run(_events(portal, run_id)):
        kind = _kind(event)
        seconds.setdefault(kind, at - start)
        if event["seq"] == 1:
            ordered_at = datetime.fromisoformat(event["at"]).timestamp()
        if kind == WORKERS:
            seconds.setdefault("  the same, from event 1", at - ordered_at)
    return seconds


async def _events(portal: running_demo.Portal, run_id: str) -> list[tuple[float, dict[str, Any]]]:
    found: list[tuple[float, dict[str, Any]]] = []
    address = f"{portal.url.replace('http', 'ws')}/ws/runs/{run_id}/?after=0"
    headers = {"Authorization": f"Bearer {portal.token}"}
    async with connect(address, additional_headers=headers, max_size=None) as socket:
        while not (frame := json.loads(await socket.recv(decode=True))).get("end"):
            at = time.time()
            found += [(at, event) for event in frame["events"]]
    return found


EVENT_1, WORKERS, SHEPHERDS, TERRAFORMS = (
    "event 1 arrives", "the worker's first line", "init is started", "Terraform's first line",
)  # fmt: skip


def _kind(event: dict[str, Any]) -> str:
    if event["seq"] == 1:
        return EVENT_1
    if event["type"] == "step_start":
        return SHEPHERDS
    return WORKERS if event["type"] in OURS else TERRAFORMS


def _print(title: str, rounds: list[dict[str, float]]) -> None:
    print(f"\n{title}, {len(rounds)} orders          median    worst")
    for kind in rounds[0]:
        found = [each[kind] for each in rounds]
        print(f"  {kind:<32} {statistics.median(found):6.3f} s {max(found):6.3f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main())
