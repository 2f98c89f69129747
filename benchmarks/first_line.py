"""Time from an order until Terraform's first output line is at a viewer, with an idle worker.

    python benchmarks/first_line.py                 ten orders over the API, ten by `manage.py order`
    python benchmarks/first_line.py --rounds 20

The clock starts when the client sends the order and stops when the line arrives on its WebSocket. Terraform's
own first line is the first one that a Terraform process printed (`init`); only this time can be compared with
other runners. Next to it is the time until the portal's own first line, which the order itself writes, and
below are the steps in between. With `manage.py order` the clock starts with its process.
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
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

import running_demo  # noqa: E402  next to this file
from websockets.asyncio.client import connect  # noqa: E402

BLUEPRINT = "fifty"
# Events of the portal and of its shepherd; all others are lines of Terraform.
OURS = frozenset({"status", "portal"})
OF_THE_SHEPHERD = frozenset({"step_start", "step_skipped", "step_end"})
TERRAFORMS, PORTALS, ANSWER, WORKERS, SHEPHERDS = (
    "Terraform's own first line", "the portal's own first line", "answer to the order",
    "first line of the worker", "start of terraform init",
)  # fmt: skip
STEPS = (ANSWER, WORKERS, SHEPHERDS)


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
        # The first order also creates the state bucket.
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
    # The process is not waited for: it takes some time to end after it has printed the run's ID.
    output = process.stdout.readline()
    return output.strip().removesuffix(".").rpartition(" ")[2]


def _measured(
    portal: running_demo.Portal, order: Callable[[running_demo.Portal, str], str], name: str
) -> dict[str, float]:
    """Seconds from the order to the first line of each kind. Returns when the worker is idle again."""
    start = time.time()
    run_id = order(portal, name)
    seconds: dict[str, float] = {ANSWER: time.time() - start}
    for at, event in asyncio.run(_events(portal, run_id)):
        seconds.setdefault(_kind(event), at - start)
    return seconds


async def _events(portal: running_demo.Portal, run_id: str) -> list[tuple[float, dict[str, Any]]]:
    """Every event of the run, with the time of its arrival at a viewer."""
    found: list[tuple[float, dict[str, Any]]] = []
    address = f"{portal.url.replace('http', 'ws')}/ws/runs/{run_id}/?after=0"
    headers = {"Authorization": f"Bearer {portal.token}"}
    async with connect(address, additional_headers=headers, max_size=None) as socket:
        while not (frame := json.loads(await socket.recv(decode=True))).get("end"):
            at = time.time()
            found += [(at, event) for event in frame["events"]]
    return found


def _kind(event: dict[str, Any]) -> str:
    if event["seq"] == 1:
        return PORTALS
    if event["type"] in OF_THE_SHEPHERD:
        return SHEPHERDS
    return WORKERS if event["type"] in OURS else TERRAFORMS


def _print(title: str, rounds: list[dict[str, float]]) -> None:
    print(f"\n{title}, {len(rounds)} orders")
    print(f"  {TERRAFORMS}: {_seconds(rounds, TERRAFORMS)}; {PORTALS}: {_seconds(rounds, PORTALS)}")
    for kind in STEPS:
        print(f"    {kind:<26} {_seconds(rounds, kind)}", flush=True)


def _seconds(rounds: list[dict[str, float]], kind: str) -> str:
    found = [each[kind] for each in rounds]
    return f"{statistics.median(found):.3f} s (slowest {max(found):.3f} s)"


if __name__ == "__main__":
    sys.exit(main())
