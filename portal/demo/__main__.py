"""`python -m portal.demo`: what `make demo` runs."""

import argparse
import os
import sys

import django

from portal import configuration
from portal.demo import addresses


def main() -> int:
    """0 after Ctrl-C, 1 when something could not be started or a setting is wrong."""
    options = _arguments()
    settings, problems = configuration.read(os.environ)
    for problem in problems:
        sys.stderr.write(f"{problem.variable} {problem.message}. {problem.hint}\n")
    if problems:
        return 1
    try:
        where = addresses.choose(
            var_dir=settings.var_dir.absolute(), portal_port=options.port, redis_url=settings.redis_url
        )
    except addresses.PortTaken as error:
        sys.stderr.write(f"{error}\n")
        return 1
    # After choosing the addresses: Django's settings read them.
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    django.setup()
    from portal.demo import run

    return run.run(where, with_first_environment=options.first)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make demo", description="Run the portal until Ctrl-C.")
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT") or 8000))
    parser.add_argument(
        "--first", action=argparse.BooleanOptionalAction, default=os.environ.get("FIRST") != "0"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
