"""A process that fills an empty database, orders the small blueprint and carries its run to the end.

python -m tests.engine.carry_one 'command of its second piece'
"""

import os
import sys

import django


def main(command: str) -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "portal.settings"
    django.setup()
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.utils import timezone

    from provisioner import accounts, blueprints, catalogue, celery_app, execution, operations
    from provisioner.models import Team

    celery_app.app.conf["broker_url"] = "memory://"
    call_command("migrate", verbosity=0)
    pieces = catalogue.blueprint("pieces")
    assert pieces, catalogue.offered().mistakes
    alice = get_user_model().objects.create(username="alice", role="admin")
    checked = blueprints.check_inputs(pieces, {"command": command}, size="small")
    order = operations.Order(
        blueprint=pieces,
        name="web-1",
        team=Team.objects.create(slug="shop", name="Shop"),
        account=accounts.sync([])[0],
        size="small",
        values=checked.values,
        by=alice,
    )
    execution.advance(run_id=operations.order(order, now=timezone.now()).pk)


if __name__ == "__main__":
    main(sys.argv[1])
