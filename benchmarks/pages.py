"""Server time and queries of every page with 200 environments and 2,000 runs in the database.

    python benchmarks/pages.py [--environments 200] [--runs 2000]

Fills a database in a temporary folder, or the one of DATABASE_URL, and requests each page in this process,
without a network. Next to each is the same page with a tenth of the rows: the number of queries must be the
same in both columns.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 15


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--environments", type=int, default=200)
    parser.add_argument("--runs", type=int, default=2000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pages-") as folder:
        _set_up(folder)
        few = _measure(_seed(options.environments // 10, options.runs // 10))
        many = _measure(_seed(options.environments, options.runs))
    _print(few, many)
    slow = [
        path
        for path, (milliseconds, queries) in many.items()
        if milliseconds > 100 or queries != few[path][1]
    ]
    return 1 if slow else 0


def _set_up(folder: str) -> None:
    sys.path.insert(0, str(ROOT))
    os.environ["VAR_DIR"] = folder
    os.environ["LOG_LEVEL"] = "ERROR"
    os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings"
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def _seed(environments: int, runs: int) -> dict[str, str]:
    """Create the rows that the engine would; return the addresses to request, by page name."""
    from django.conf import settings

    from portal.demo import seed_users
    from provisioner import accounts, audit
    from provisioner.models import Run

    seed_users.make(password="pages-benchmark")  # noqa: S106  a temporary database
    accounts.sync(settings.CLOUD_ACCOUNTS)
    made = _make_environments(environments, runs_each=runs // environments)
    Run.objects.bulk_create(
        run for environment in made for run in _runs_of(environment, count=runs // environments)
    )
    for environment in made:
        audit.record("environment.order", subject=audit.environment_subject(environment))
    return _addresses(made[-1])


def _make_environments(up_to: int, *, runs_each: int) -> list[Any]:
    """Create environments of alice until there are `up_to`; return the new ones."""
    from django.utils import timezone

    from portal.accounts.models import User
    from provisioner.models import CloudAccount, Environment, Team

    shared: dict[str, Any] = {
        "owner": User.objects.get(username="alice"),
        "team": Team.objects.get(slug="shop"),
        "account": CloudAccount.objects.get(),
        "blueprint": "three_tier",
        "size": "dev",
        "status": "ready",
        "run_counter": runs_each,
        "created_at": timezone.now(),
    }
    numbers = range(Environment.objects.count(), up_to)
    return Environment.objects.bulk_create(
        Environment(name=f"environment-{number}", **shared) for number in numbers
    )


def _runs_of(environment: Any, *, count: int) -> Iterator[Any]:
    from provisioner.models import Run

    at = environment.created_at
    for number in range(1, count + 1):
        yield Run(
            environment=environment,
            number=number,
            kind="update",
            status="applied",
            requested_by=environment.owner,
            queued_at=at,
            started_at=at,
            finished_at=at,
            plan_summary={"add": 58},
        )


def _addresses(environment: Any) -> dict[str, str]:
    run = environment.runs.latest("number")
    return {
        "environments": "/",
        "environments, searched": "/?q=environment-1",
        "environment": f"/environments/{environment.pk}/",
        "its runs": f"/environments/{environment.pk}/?tab=runs",
        "catalogue": "/catalogue/",
        "order form": "/order/three_tier/",
        "runs": "/runs/",
        "run": f"/runs/{run.pk}/",
        "audit": "/audit/",
        "api: environments": "/api/v1/environments/",
        "api: run": f"/api/v1/runs/{run.pk}/",
    }


def _measure(addresses: dict[str, str]) -> dict[str, tuple[float, int]]:
    """Median milliseconds and number of queries by page name, as ada gets them."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from portal.accounts.models import User

    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(User.objects.get(username="ada"))
    found = {}
    for name, address in addresses.items():
        times = []
        for _ in range(ROUNDS):
            start = time.perf_counter()
            answer = client.get(address)
            times.append((time.perf_counter() - start) * 1000)
            if answer.status_code != 200:
                raise SystemExit(f"{address} answered {answer.status_code}")
        with CaptureQueriesContext(connection) as captured:
            client.get(address)
        found[name] = (statistics.median(times), len(captured))
    return found


def _print(few: dict[str, tuple[float, int]], many: dict[str, tuple[float, int]]) -> None:
    print(f"{'page':<26}{'a tenth: ms':>12}{'queries':>9}{'all: ms':>12}{'queries':>9}")
    for name in many:
        print(f"{name:<26}{few[name][0]:>12.1f}{few[name][1]:>9}{many[name][0]:>12.1f}{many[name][1]:>9}")


if __name__ == "__main__":
    sys.exit(main())
