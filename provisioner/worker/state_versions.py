"""The versions of an environment's Terraform state in S3, recorded for each run."""

import structlog
from django.db import IntegrityError, transaction

from provisioner import accounts, permissions
from provisioner.cloud import credentials, state_storage
from provisioner.database import retry
from provisioner.models import Run, StateVersion
from provisioner.run_status import RunKind
from provisioner.sentences import SentenceError, sentence, sentence_plural

log = structlog.get_logger(__name__)

_AWAY = (credentials.CloudUnavailable, credentials.CredentialsRefused)


class StateGone(SentenceError):
    """The bucket has no state for an environment that has resources. The message says what to do."""


def demand_recorded_state(run: Run) -> None:
    """Refuse to plan without the state of an environment that has resources: all would be built again.

    A destroy would remove nothing and forget the environment. If a person must approve it, only people who
    can approve may request that. Raises StateGone, CloudUnavailable, CredentialsRefused.
    """
    count = recorded_resources(run)
    if not count or run.environment.lost_at or (run.kind == RunKind.DESTROY and _may_be_forgotten(run)):
        return
    account = accounts.to_cloud(run.environment.account)
    try:
        state_storage.read_state(account, environment_id=run.environment_id)
    except state_storage.NoState as gone:
        raise StateGone(
            sentence_plural(
                "The state of this environment is gone: the bucket %(bucket)s has none, but a state with "
                "%(count)s resource was stored there.",
                "The state of this environment is gone: the bucket %(bucket)s has none, but a state with "
                "%(count)s resources was stored there.",
                count,
                bucket=account.bucket,
            ),
            sentence("A destroy would remove nothing.")
            if run.kind == RunKind.DESTROY
            else sentence("A plan would build everything a second time."),
            sentence("Restore the state, or check whether the account's settings name another bucket now."),
        ) from gone


def recorded_resources(run: Run) -> int:
    """The number of resources in the newest recorded state of the run's environment."""
    noted = run.environment.state_versions.order_by("-written_at").first()
    return sum(resource["mode"] == "managed" for resource in noted.resources) if noted else 0


def _may_be_forgotten(run: Run) -> bool:
    approves = permissions.may(run.requested_by, permissions.Act.APPROVE, run.environment)
    return run.approval == Run.Approval.AUTOMATIC or approves


def record_version(run: Run) -> StateVersion | None:
    """Record the newest state version as this run's. None if there is none, or if S3 does not answer."""
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
        # Recorded before: by a worker that died right after, or by the run that really wrote it.
        return None
    return row
