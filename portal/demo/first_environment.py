"""The environment that the first `make demo` orders, so that there is something to watch."""

from django.contrib.auth import get_user_model
from django.utils import timezone

from provisioner import audit, catalogue, operations
from provisioner.models import CloudAccount, Environment, Run

BLUEPRINT = "three_tier"
NAME = "first"


def order() -> Run | None:
    """Order it as alice. None if environments exist already, or the blueprint or account is missing."""
    account = CloudAccount.objects.filter(is_enabled=True).first()
    if Environment.objects.exists() or account is None or catalogue.blueprint(BLUEPRINT) is None:
        return None
    alice = get_user_model().objects.get(username="alice")
    request = operations.OrderRequest(
        blueprint=BLUEPRINT, name=NAME, inputs={}, by=alice, team="shop", account=account.slug
    )
    with audit.acting(audit.Actor(name=alice.username, role=alice.role)):
        return operations.order(request, now=timezone.now())
