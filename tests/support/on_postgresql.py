"""Runs the tests that use the database again, on a temporary PostgreSQL.

python -m tests.support.on_postgresql [pytest arguments]
"""

import os
import sys

import pytest

from tests.support import postgres

TOUCH_THE_DATABASE = [
    "tests/provisioner",
    "tests/portal",
    *(f"--ignore=tests/provisioner/{name}" for name in ("blueprints", "cloud", "explanations", "terraform")),
]


def main() -> int:
    """Pytest's exit code."""
    with postgres.server() as url:
        os.environ["DATABASE_URL"] = url
        # The server is temporary: dropping the database would only fail because of idle connections.
        return int(pytest.main(["--reuse-db", *(sys.argv[1:] or TOUCH_THE_DATABASE)]))


if __name__ == "__main__":
    sys.exit(main())
