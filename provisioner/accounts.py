"""Cloud accounts as rows: created from the settings, passed to `provisioner.cloud`, watched for resets."""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from provisioner import cloud
from provisioner.cloud import simulated
from provisioner.models import CloudAccount, Environment
from provisioner.run_status import EnvironmentStatus
from provisioner.runs import lifecycle
from provisioner.stored_text import stored

_SIMULATED: dict[str, str] = {
    "slug": "simulated",
    "title": "Simulated AWS",
    "kind": "simulated",
    "region": "ap-northeast-2",
}
_TAKEN_OVER = ("title", "kind", "region", "role_arn", "external_id", "state_bucket")


def sync(configured: list[dict[str, str]]) -> list[CloudAccount]:
    """Update the rows from the settings; without any, the simulated account. An account that is left out is
    disabled.
    """
    with transaction.atomic():
        rows = [_sync_one(account) for account in configured or [_SIMULATED]]
        CloudAccount.objects.exclude(pk__in=[row.pk for row in rows]).update(is_enabled=False)
    return rows


def _sync_one(account: dict[str, str]) -> CloudAccount:
    values: dict[str, object] = {name: account.get(name, "") for name in _TAKEN_OVER} | {"is_enabled": True}
    row, _ = CloudAccount.objects.update_or_create(slug=account["slug"], defaults=values)
    return row


def to_cloud(account: CloudAccount) -> cloud.Account:
    """The account as `provisioner.cloud` takes it; the simulated one with the endpoint from the settings."""
    is_simulated = account.kind == CloudAccount.Kind.SIMULATED
    return cloud.Account(
        slug=account.slug,
        kind="simulated" if is_simulated else "aws",
        region=account.region,
        endpoint_url=settings.SIMULATED_AWS_ENDPOINT if is_simulated else None,
        role_arn=account.role_arn,
        external_id=account.external_id,
        state_bucket=account.state_bucket,
    )


def check_generations(*, now: datetime) -> list[Environment]:
    """Ask the simulated accounts whether they were reset, and mark the environments that are lost.

    Returns these environments. An account that does not answer is skipped.
    """
    lost: list[Environment] = []
    for account in CloudAccount.objects.filter(kind=CloudAccount.Kind.SIMULATED, is_enabled=True):
        found = simulated.generation(settings.SIMULATED_AWS_ENDPOINT)
        if found and found != account.generation:
            lost += _start_again(account, found, now)
    return lost


def _start_again(account: CloudAccount, generation: str, now: datetime) -> list[Environment]:
    with transaction.atomic():
        account = CloudAccount.objects.select_for_update().get(pk=account.pk)
        known, account.generation = account.generation, generation
        account.save(update_fields=["generation"])
        if known in ("", generation):
            return []
        # An environment that is being created may already be in the new account. If it is not, its run fails
        # by itself.
        unaffected = (EnvironmentStatus.DESTROYED, EnvironmentStatus.CREATING)
        living = Environment.objects.filter(account=account, lost_at__isnull=True)
        lost = list(living.exclude(status__in=unaffected).order_by("pk"))
        reason = stored(
            "%(account)s was reset and no longer has this environment. "
            "Destroy it here, and order it again if it is still needed.",
            account=account.title,
        )
        for environment in lost:
            lifecycle.mark_environment_lost(environment_id=environment.pk, reason=reason, now=now)
    return lost
