"""The environment that a first `make demo` orders, so that there is something to watch at once."""

from django.conf import settings
from django.contrib.auth import get_user_model
from django.utils import timezone

from provisioner import audit, blueprints, operations
from provisioner.models import CloudAccount, Environment, Run, Team

BLUEPRINT = "three_tier"
NAME = "first"


def order() -> Run | None:
    """Order it in alice's name; None when there are environments already, or no such blueprint."""
    if Environment.objects.exists():
        return None
    catalogue = blueprints.load(
        settings.BLUEPRINT_FOLDERS, trusted_folders=settings.TRUSTED_BLUEPRINT_FOLDERS
    )
    blueprint = catalogue.blueprints.get(BLUEPRINT)
    if blueprint is None:
        return None
    alice = get_user_model().objects.get(username="alice")
    size = blueprint.sizes[0].slug if blueprint.sizes else ""
    account = CloudAccount.objects.filter(is_enabled=True).first()
    if account is None:
        return None
    errors, values = operations.check_order(
        blueprint=blueprint, account=account, name=NAME, raw={}, size=size
    )
    if errors:
        raise operations.Refused(errors)
    with audit.acting(audit.Actor(name=alice.username, role=alice.role)):
        return operations.order(
            operations.Order(
                blueprint=blueprint,
                name=NAME,
                team=Team.objects.get(slug="shop"),
                account=account,
                size=size,
                values=values,
                by=alice,
            ),
            now=timezone.now(),
        )
