"""Random faults while six environments are changed without a pause; then all invariants are checked.

python -m tests.faults.soak --minutes 30
"""

import argparse
import logging
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import django

from tests.support import postgres

PERIOD_SECONDS = 20.0
LAST_PATIENCE_SECONDS = 180.0
_BLUEPRINTS = Path(__file__).parents[1] / "support" / "engine_blueprints"


def main(minutes: float, seed: int) -> int:
    """0 if nothing was applied twice, lost, left locked or stuck. Prints the table."""
    with ExitStack() as stack:
        server = stack.enter_context(postgres.running())
        stack.enter_context(_portal(server, Path(stack.enter_context(tempfile.TemporaryDirectory()))))
        # Not earlier: they read the settings.
        from tests.faults import soak_faults, soak_portal, soak_verdict, streams

        sys.stdout.write(f"seed {seed}\n")
        stack.enter_context(streams.kept())
        portal = stack.enter_context(soak_portal.running(server, random.Random(seed)))
        injected = _inject(portal, soak_faults.FAULTS, minutes=minutes)
        _let_end(portal)
        return _report(portal, injected, soak_verdict.Verdict(portal))


@contextmanager
def _portal(server: postgres.Server, folder: Path) -> Iterator[None]:
    """A portal with an empty database and a new moto account."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    aws = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    aws.start()
    host, port = aws.get_host_and_port()
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "VAR_DIR": str(folder),
        "DATABASE_URL": server.url,
        "BLUEPRINT_DIRS": str(_BLUEPRINTS),
        "BLUEPRINTS_TRUSTED": "1",
        "SIMULATED_AWS_ENDPOINT": f"http://{host}:{port}",
        "LOG_LEVEL": "ERROR",
    }
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    yield
    aws.stop()


def _inject(portal: Any, faults: Any, *, minutes: float) -> Counter[int]:
    injected: Counter[int] = Counter()
    ends_at = time.monotonic() + minutes * 60
    next_at = time.monotonic() + PERIOD_SECONDS
    while time.monotonic() < ends_at:
        portal.keep_running(order=True)
        if time.monotonic() >= next_at:
            number = portal.chance.choice(sorted(faults))
            sys.stdout.write(f"fault {number}: {faults[number].__doc__}\n")
            sys.stdout.flush()
            faults[number](portal)
            injected[number] += 1
            portal.check_final_runs()
            next_at = time.monotonic() + PERIOD_SECONDS
        time.sleep(0.5)
    return injected


def _let_end(portal: Any) -> None:
    give_up_at = time.monotonic() + LAST_PATIENCE_SECONDS
    while portal.has_active_runs() and time.monotonic() < give_up_at:
        portal.keep_running(order=False)
        time.sleep(0.5)
    portal.keep_running(order=False)
    portal.check_final_runs()


def _report(portal: Any, injected: Counter[int], verdict: Any) -> int:
    rows = {"faults injected": sum(injected.values()), "runs": portal.runs(), **verdict.harm}
    by_number = ", ".join(f"{number}: {count}" for number, count in sorted(injected.items()))
    reported = [f"{name:24} {count}" for name, count in rows.items()]
    sys.stdout.write(
        "\n".join(["", f"faults by number         {by_number}", *reported, *verdict.findings, ""])
    )
    return int(any(verdict.harm.values()))


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--minutes", type=float, default=30)
    asked.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    given = asked.parse_args()
    sys.exit(main(given.minutes, given.seed))
