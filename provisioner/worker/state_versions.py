"""An environment's Terraform state in S3: noting the versions that runs wrote, and who holds its lock."""

import structlog
from django.db import IntegrityError, transaction

from provisioner import accounts, permissions
from provisioner.cloud import credentials, state_storage
from provisioner.database import retry
from provisioner.models import Run, StateVersion
from provisioner.run_status import RunKind

log = structlog.get_logger(__name__)

_AWAY = (credentials.CloudUnavailable, credentials.CredentialsRefused)


class StateGone(Exception):
    """The bucket has no state of an environment that has resources; the message says what to do."""


def demand_what_was_noted(run: Run) -> None:
    """Refuse to plan from nothing what stands already: all of it would be built a second time.

    A destroy would remove nothing, and the environment be forgotten: where a person has to approve that, only
    those who could approve may ask for it. Raises StateGone, CloudUnavailable, CredentialsRefused.
    """
    stood = noted_resources(run)
    if not stood or run.environment.lost_at or (run.kind == RunKind.DESTROY and _may_be_forgotten(run)):
        return
    account = accounts.to_cloud(run.environment.account)
    try:
        state_storage.read_state(account, environment_id=run.environment_id)
    except state_storage.NoState as gone:
        raise StateGone(
            f"The state of this environment is gone: the bucket {account.bucket} has none, though one with "
            f"{stood} resource{'' if stood == 1 else 's'} was stored there. {_HARM[RunKind(run.kind)]} "
            "Restore the state, or see whether the account's settings name another bucket now."
        ) from gone


_HARM = {
    RunKind.CREATE: "A plan would build everything a second time.",
    RunKind.UPDATE: "A plan would build everything a second time.",
    RunKind.DESTROY: "A destroy would remove nothing of it.",
}


def noted_resources(run: Run) -> int:
    """How many resources the newest noted state of the run's environment has."""
    noted = run.environment.state_versions.order_by("-written_at").first()
    return sum(resource["mode"] == "managed" for resource in noted.resources) if noted else 0


def _may_be_forgotten(run: Run) -> bool:
    approves = permissions.may(run.requested_by, permissions.Act.APPROVE, run.environment)
    return run.approval == Run.Approval.AUTOMATIC or approves


def note_version(run: Run) -> StateVersion | None:
    """Keep what the newest state version holds, as this run's. None if there is none, or S3 is away."""
    account = accounts.to_cloud(run.environment.account)
    environment_id = run.environment_id
    patience = state_storage.SHORT_TIMEOUT_SECONDS
    try:
        versions = state_storage.list_versions(
            account, environment_id=environment_id, timeout_seconds=patience
        )
        if not versions:
            return None
        newest = versions[0]
        found = state_storage.read_state(
            account,
            environment_id=environment_id,
            version_id=newest.version_id,
            timeout_seconds=patience,
        )
    except (*_AWAY, state_storage.NoState) as error:
        log.warning("state version not noted", run_id=str(run.pk), error=str(error))
        return None
    row = StateVersion(
        environment_id=environment_id,
        run=run,
        version_id=newest.version_id,
        serial=found.serial,
        lineage=found.lineage,
        size_bytes=newest.size,
        written_at=newest.last_modified,
        resources=found.resources,
    )
    return retry.until_database_answers(lambda: _keep(row))


def _keep(row: StateVersion) -> StateVersion | None:
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            Run.objects.filter(pk=row.run_id, fence=row.run.fence).update(state_serial=row.serial)
    except IntegrityError:
        # Noted before: by a worker that died right after, or by the run that really wrote it.
        return None
    return row
