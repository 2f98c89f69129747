"""A process that migrates an empty database, orders the small blueprint and executes its run.

python -m tests.support.execute_one 'command of its second resource' [migrate] [order] [execute]
"""

import os
import sys

import django


def main(command: str, *steps: str) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings"
    django.setup()
    from django.core.management import call_command

    from provisioner import celery_app
    from provisioner.database import retry
    from provisioner.models import Run
    from provisioner.worker import execution

    celery_app.app.conf["broker_url"] = "memory://"
    if not steps or "migrate" in steps:
        call_command("migrate", verbosity=0)
    if not steps or "order" in steps:
        _order(command)
    if not steps or "execute" in steps:
        execution.advance(run_id=retry.until_database_answers(Run.objects.get).pk)


def _order(command: str) -> None:
    from django.contrib.auth import get_user_model
    from django.utils import timezone

    from provisioner import accounts, operations
    from provisioner.models import Team

    accounts.sync([])
    Team.objects.create(slug="shop", name="Shop")
    request = operations.OrderRequest(
        blueprint="pieces",
        name="web-1",
        inputs={"command": command},
        team="shop",
        by=get_user_model().objects.create(username="alice", role="admin"),
    )
    operations.order(request, now=timezone.now())


if __name__ == "__main__":
    main(*sys.argv[1:])
