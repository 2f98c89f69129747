"""Kills the worker at a random moment of real three-tier applies, two at once, in a temporary demo.

python -m tests.faults.kills --runs 10

For each run the worker's main process is killed once; it is also the worker of the other active run.
Prints a line per run, then the number of violations, which must be zero.
"""

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults import kills_account, kills_events
from tests.support import demo_process

AT_ONCE = 2
LONGEST_SECONDS = 900
# Later an apply only waits for the database and the load balancer.
LATEST_KILL_SECONDS = 70.0
BLUEPRINT = "three_tier"


@dataclass
class Victim:
    """An environment whose worker is killed this many seconds after its apply started."""

    name: str
    network: str
    kill_after_seconds: float
    applying_since: float | None = None
    killed: list[str] = field(default_factory=list)


def main(runs: int, seed: int) -> int:
    """0 if every run is applied, nothing was created twice, no lock is left and no event is missing."""
    chance = random.Random(seed)
    sys.stdout.write(f"seed {seed}\n")
    victims = [
        Victim(f"kill-{chr(97 + n)}", f"10.{100 + n}.0.0/16", chance.uniform(0, LATEST_KILL_SECONDS))
        for n in range(runs)
    ]
    wrong = 0
    with (
        tempfile.TemporaryDirectory(prefix="kills-") as folder,
        demo_process.running(Path(folder) / "var") as demo,
    ):
        for start in range(0, runs, AT_ONCE):
            wrong += _round(demo, victims[start : start + AT_ONCE])
    sys.stdout.write(f"\n{runs} runs, {sum(len(one.killed) for one in victims)} kills, {wrong} violations\n")
    return int(wrong > 0)


def _round(demo: demo_process.Demo, victims: list[Victim]) -> int:
    for victim in victims:
        _manage(demo, "order", BLUEPRINT, "--name", victim.name, "--set", f"vpc_cidr={victim.network}")
    _kill_until_over(demo, victims)
    violations = 0
    for victim in victims:
        found = [*kills_events.violations(demo, victim.name), *kills_account.violations(demo, victim.name)]
        violations += len(found)
        reported = kills_events.summary(demo, victim.name)
        _say(f"{victim.name}: {reported}; killed {', '.join(victim.killed)}; {found or 'nothing wrong'}")
    for victim in victims:
        _manage(demo, "destroy", victim.name)
    _wait(lambda: all(kills_events.is_over(demo, victim.name) for victim in victims))
    return violations


def _kill_until_over(demo: demo_process.Demo, victims: list[Victim]) -> None:
    def step() -> bool:
        for victim in victims:
            _kill_if_due(demo, victim)
        return all(kills_events.is_over(demo, victim.name) for victim in victims)

    _wait(step)


def _kill_if_due(demo: demo_process.Demo, victim: Victim) -> None:
    now = time.monotonic()
    if victim.applying_since is None and kills_events.is_applying(demo, victim.name):
        victim.applying_since = now
    since = victim.applying_since
    if since is None or victim.killed or now - since < victim.kill_after_seconds:
        return
    made = kills_events.made(demo, victim.name)
    os.kill(demo.described()["processes"]["worker-runs"], signal.SIGKILL)
    victim.killed.append(f"{now - since:.0f} s into its apply, {made} resources made")


def _wait(condition: kills_events.Condition) -> None:
    give_up_at = time.monotonic() + LONGEST_SECONDS
    while not condition():
        if time.monotonic() > give_up_at:
            _say("gave up waiting")
            return
        time.sleep(0.2)


def _manage(demo: demo_process.Demo, *arguments: str) -> None:
    done = demo.manage(*arguments, "--as", "alice")
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--runs", type=int, default=10)
    asked.add_argument("--seed", type=int, default=random.randrange(10_000))
    given = asked.parse_args()
    sys.exit(main(given.runs, given.seed))
