"""What the portal costs: a create from click to ready, compared with bare Terraform and the same module.

All run against the same simulated account, one after the other. Prints each round and the medians.
For the small modules it also runs the portal's four Terraform commands without the portal: the cost of a
separate plan.

    make benchmark            one round of three_tier, then eight of each of the two small modules
    python benchmarks/overhead.py --rounds 3
    python benchmarks/overhead.py --blueprint fifty_at_work --rounds 8

`fifty` creates fifty `terraform_data` that take no time, `fifty_at_work` fifty that take 0.2 s each. The goal
of 1.35 was set in comparison with a runner that took ten times as long as bare Terraform, which was 12.5 s
until the first line: bare Terraform took at least 1.25 s there, as it does for `fifty_at_work`. `fifty` can
hardly meet it: its four commands alone take longer.
"""

import argparse
import shutil
import statistics
import sys
import tempfile
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

import bare_terraform  # noqa: E402  next to this file
import running_demo  # noqa: E402

GOALS = {"three_tier": 1.08, "fifty_at_work": 1.35, "fifty": 1.35}
# Not three_tier: a round takes minutes, and the cost of a separate plan disappears in it.
SMALL = ("fifty_at_work", "fifty")


def main() -> int:
    options = _arguments()
    rounds: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory(prefix="overhead-") as name:
        folder = Path(name)
        with running_demo.running(folder, **running_demo.with_small_blueprints()) as portal:
            bare = bare_terraform.Bare(
                terraform=options.terraform or shutil.which("terraform") or "terraform",
                aws=portal.aws,
                module=_module(options.blueprint),
            )
            for number in range(1, options.rounds + 1):
                order = _order(portal, options.blueprint, name=f"order-{number}")
                rounds.append(_round(number, bare, portal, order, folder))
                reported = "   ".join(f"{what} {seconds:6.2f} s" for what, seconds in rounds[-1].items())
                print(f"round {number}: {reported}", flush=True)
            _print_marks(portal, order["name"])
    _print_ratios(
        {what: statistics.median(one[what] for one in rounds) for what in rounds[0]},
        goal=GOALS.get(options.blueprint),
    )
    return 0


def _print_ratios(medians: dict[str, float], *, goal: float | None) -> None:
    alone = medians["bare"]
    words = {
        "bare": "terraform init, apply",
        "steps": "terraform init, plan, apply, output",
        "portal": "portal, click to ready",
    }
    print()
    for what, seconds in medians.items():
        wanted = f"   (goal: at most {goal})" if goal and what == "portal" else ""
        print(f"{words[what]:36} {seconds:6.2f} s   {seconds / alone:6.3f}{wanted}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--blueprint", default="three_tier")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--terraform", help="path of the terraform binary")
    return parser.parse_args()


def _module(blueprint: str) -> Path:
    folders = (parent / blueprint for parent in (running_demo.BLUEPRINTS, ROOT / "terraform_modules"))
    return next(folder for folder in folders if folder.is_dir())


def _order(portal: running_demo.Portal, blueprint: str, *, name: str) -> dict[str, Any]:
    """The body of an API order of the blueprint's first size, with all values."""
    found = portal.call("GET", f"/api/v1/blueprints/{blueprint}/")
    size: dict[str, Any] = found["sizes"][0] if found["sizes"] else {"slug": "", "inputs": {}}
    defaults = {one["name"]: one["default"] for one in found["inputs"] if one["default"] is not None}
    # Networks of the rounds must not overlap.
    values = {**defaults, **size["inputs"]}
    number = int(name.rsplit("-", 1)[1])
    for one in found["inputs"]:
        if one["kind"] == "cidr":
            values[one["name"]] = f"10.{100 + number}.0.0/16"
    chosen = {"size": size["slug"]} if size["slug"] else {}
    return {"blueprint": blueprint, "name": name, "inputs": values, **chosen}


def _print_marks(portal: running_demo.Portal, name: str) -> None:
    """Print when the environment's latest run reached each status and step."""
    (environment,) = portal.call("GET", f"/api/v1/environments/?name={name}")["results"]
    address = f"/api/v1/runs/{environment['latest_run']['id']}/events/"
    event_log: list[dict[str, Any]] = []
    marks = []
    while page := portal.call("GET", f"{address}?after={len(event_log)}&limit=500")["events"]:
        event_log += page
    for event in event_log:
        if event["type"] in ("status", "step_start", "step_end") or event["seq"] == 1:
            marks.append((datetime.fromisoformat(event["at"]), event["message"].splitlines()[0]))
    print("\nthe last run, step by step")
    for (before, _), (at, message) in pairwise([marks[0], *marks]):
        since, step = (at - marks[0][0]).total_seconds(), (at - before).total_seconds()
        print(f"  {since:7.3f} s  +{step:.3f}  {message[:60]}")


def _round(
    number: int,
    bare: bare_terraform.Bare,
    portal: running_demo.Portal,
    order: dict[str, Any],
    folder: Path,
) -> dict[str, float]:
    """Seconds by what was measured: `bare`, `steps` (for small modules only), `portal`."""
    ways = {"bare": lambda: bare.create(order, folder / f"bare-{number}")}
    if order["blueprint"] in SMALL:
        four = bare_terraform.IN_FOUR
        ways["steps"] = lambda: bare.create(order, folder / f"steps-{number}", steps=four)
    ways["portal"] = lambda: portal.create(order)
    # The order alternates, so that none always runs on the warmer machine.
    sequence = list(ways) if number % 2 else list(reversed(ways))
    seconds = {what: ways[what]() for what in sequence}
    return {what: seconds[what] for what in ways}


if __name__ == "__main__":
    sys.exit(main())
