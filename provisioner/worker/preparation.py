"""Everything before Terraform starts: workspace, state bucket, credentials, command lines of the phases."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog
from django.conf import settings

from provisioner import accounts, blueprints, catalogue, encryption, shutdown, stored_text
from provisioner.blueprints import Blueprint
from provisioner.cloud import credentials, state_storage
from provisioner.database import retry
from provisioner.models import CloudAccount, Run
from provisioner.run_status import RunKind
from provisioner.runs import lifecycle
from provisioner.scheduling import hosts, tooling
from provisioner.sentences import SentenceError, sentence
from provisioner.stored_text import StoredText, stored, verbatim
from provisioner.terraform import arguments, environment, lock, phase, redaction, workspace
from provisioner.worker import leases, state_versions

log = structlog.get_logger(__name__)

PLAN_FILE = "plan.tfplan"
OUTPUTS_FILE = "outputs.json"
# The secrets that Terraform was given, encrypted, for a worker that takes the run over.
SECRETS_FILE = "secrets.sealed"
# Credentials must outlive the deadline by the time that a stopping Terraform gets.
_SPARE_SECONDS = 900
_SECRETS = "the cloud's credentials"


class NotPrepared(Exception):
    """Terraform was not started. `reason` says what is missing and what to do."""

    def __init__(self, reason: StoredText) -> None:
        super().__init__(str(reason))
        self.reason = reason


class BlueprintMissing(SentenceError):
    """The environment's blueprint is not in the catalog any more."""


_EXPECTED = (
    BlueprintMissing,
    tooling.ToolMissing,
    workspace.NotEnoughSpace,
    workspace.BlueprintUnsafe,
    workspace.WorkspaceInUse,
    credentials.CloudUnavailable,
    credentials.CredentialsRefused,
    state_storage.BucketUnsafe,
    state_versions.StateGone,
    phase.AlreadyRunning,
    phase.AlreadyFinished,
    phase.CannotStart,
    encryption.CannotDecrypt,
    OSError,
)


@dataclass(frozen=True)
class PreparedWorkspace:
    """A workspace, Terraform's environment variables, and the redactor for its output."""

    directory: Path
    environment: Mapping[str, str]
    redactor: redaction.Redactor


def directory_of(run: Run) -> Path:
    """The run's workspace on its host."""
    return hosts.workspace_of(run.pk)


def plan(run: Run, starter: phase.Starter) -> redaction.Redactor:
    """Prepare the workspace, and start init and plan in it. Raises NotPrepared."""
    with _failing_as_not_prepared():
        retry.until_database_answers(lambda: _prepare(run))
        prepared = retry.until_database_answers(
            lambda: _prepare_workspace(run, deadline_seconds=settings.PLAN_DEADLINE_SECONDS)
        )
        starter.start(_plan_phase(run, prepared), check_before_go=_still_ours(run))
    return prepared.redactor


def apply(run: Run, starter: phase.Starter) -> redaction.Redactor:
    """Start the apply of the saved plan, and the reading of the outputs after it. Raises NotPrepared."""
    with _failing_as_not_prepared():
        prepared = retry.until_database_answers(
            lambda: _prepare_workspace(run, deadline_seconds=settings.APPLY_DEADLINE_SECONDS)
        )
        starter.start(_apply_phase(prepared), check_before_go=_still_ours(run))
    return prepared.redactor


def output(run: Run, starter: phase.Starter) -> redaction.Redactor:
    """Start only the reading of the outputs, after a plan without changes. Raises NotPrepared."""
    with _failing_as_not_prepared():
        prepared = retry.until_database_answers(
            lambda: _prepare_workspace(run, deadline_seconds=settings.PLAN_DEADLINE_SECONDS)
        )
        steps = (_output_step(tooling.terraform()),)
        reading = _phase("output", prepared, steps, settings.PLAN_DEADLINE_SECONDS)
        starter.start(reading, check_before_go=_still_ours(run))
    return prepared.redactor


def redactor_of_running(run: Run) -> redaction.Redactor:
    """Masks the secrets that another worker gave to Terraform: from the file, and from its environment.

    Raises encryption.CannotDecrypt: without the secrets it is not known what to mask.
    """
    secrets = _secrets_of(run) + _kept_secrets(directory_of(run))
    for pid in lock.holder_pids(directory_of(run)):
        try:
            raw = Path(f"/proc/{pid}/environ").read_bytes().decode(errors="replace")
        except OSError:
            continue
        pairs = (entry.partition("=") for entry in raw.split("\0") if entry)
        secrets += credentials.secrets_in({name: value for name, _, value in pairs})
    return redaction.Redactor(secrets)


def clean_up(run: Run) -> None:
    """Remove the workspace of a finished run. If it is still in use, the housekeeping removes it later."""
    try:
        workspace.remove(directory_of(run))
    except (workspace.WorkspaceInUse, OSError):
        return


def _still_ours(run: Run) -> Callable[[], None]:
    """Checked last: a worker that hung for a lease must not start a run that another worker has ended."""
    return lambda: retry.until_database_answers(lambda: leases.renew(run))


@contextmanager
def _failing_as_not_prepared() -> Iterator[None]:
    """Turn errors inside into NotPrepared: Terraform was not started, so nothing is in doubt."""
    try:
        yield
    except (shutdown.ShuttingDown, lifecycle.LeaseLost):
        raise
    except _EXPECTED as error:
        raise NotPrepared(_reason(error)) from error
    except Exception as error:
        log.exception("run not prepared")
        unexpected = stored("The portal could not prepare this run (%(error)s).", error=type(error).__name__)
        raise NotPrepared(unexpected) from error


def _reason(error: Exception) -> StoredText:
    if isinstance(error, SentenceError):
        return stored_text.from_sentences(error.sentences)
    text = str(error).strip()
    return verbatim(text if text.endswith((".", "!", "?")) else f"{text}.")


def _prepare(run: Run) -> None:
    blueprint = catalogue.blueprint(run.environment.blueprint)
    if blueprint is None:
        raise BlueprintMissing(
            sentence("The blueprint %(name)s is no longer available.", name=run.environment.blueprint)
        )
    account = run.environment.account
    cloud_account = accounts.to_cloud(account)
    # Before the bucket is created: in a new bucket, a lost state would look like a first order.
    leases.renew(run)
    state_versions.demand_recorded_state(run)
    leases.renew(run)
    state_storage.ensure_bucket(cloud_account)
    contents = workspace.Contents(
        blueprint=blueprint.path,
        variables=blueprints.variables_for(
            blueprint, inputs=encryption.decrypted(run.inputs), supplied=_supplied(run)
        ),
        backend=state_storage.backend_settings(cloud_account, environment_id=run.environment_id),
        provider_override=_provider_override(blueprint, account),
    )
    workspace.prepare(directory_of(run), contents=contents, required_free_bytes=settings.RUN_FREE_MIB << 20)


def _supplied(run: Run) -> dict[str, str]:
    environment = run.environment
    # Always the first run's id: the latest one in a tag would make every plan a change.
    first = environment.runs.order_by("number").values_list("pk", flat=True).first()
    return {
        "environment_name": environment.name,
        "environment_id": str(environment.pk),
        "team": environment.team.slug,
        "owner": environment.owner.username,
        "created_by_run": str(first or run.pk),
    }


def _provider_override(blueprint: Blueprint, account: CloudAccount) -> dict[str, object] | None:
    if account.kind != CloudAccount.Kind.SIMULATED or "aws" not in blueprint.has_provider_block:
        return None
    settled = {
        "s3_use_path_style": True,
        "skip_credentials_validation": True,
        "skip_metadata_api_check": "true",
        "skip_region_validation": True,
        "max_retries": 2,
    }
    return {"provider": {"aws": settled}}


def _prepare_workspace(run: Run, *, deadline_seconds: int) -> PreparedWorkspace:
    directory = directory_of(run)
    leases.renew(run)
    cloud = credentials.environment_variables(
        accounts.to_cloud(run.environment.account),
        session_name=f"portal-{run.pk}",
        source_identity=run.requested_by.username,
        duration_seconds=deadline_seconds + _SPARE_SECONDS,
    )
    # Both sides set it; ours sets it for every cloud.
    given = {name: value for name, value in cloud.items() if name != "AWS_EC2_METADATA_DISABLED"}
    seen = environment.build(workspace=directory, cli_config=tooling.cli_config(), cloud=given)
    given_secrets = credentials.secrets_in(cloud)
    _keep_secrets(directory, given_secrets)
    secrets = given_secrets + _secrets_of(run)
    return PreparedWorkspace(directory, seen, redaction.Redactor(secrets))


def _keep_secrets(directory: Path, secrets: list[str]) -> None:
    if not secrets:
        return
    draft = directory / f"{SECRETS_FILE}.new"
    draft.touch(mode=0o600)
    draft.write_text(json.dumps(encryption.encrypted({_SECRETS: secrets}, names={_SECRETS})))
    draft.replace(directory / SECRETS_FILE)


def _kept_secrets(directory: Path) -> list[str]:
    try:
        kept = json.loads((directory / SECRETS_FILE).read_text())
    except FileNotFoundError:
        return []
    secrets = encryption.decrypted(kept)[_SECRETS]
    if not isinstance(secrets, list):
        raise encryption.CannotDecrypt(_SECRETS)
    return secrets


def _secrets_of(run: Run) -> list[str]:
    blueprint = catalogue.blueprint(run.environment.blueprint)
    names = blueprint.sensitive_variables if blueprint else frozenset()
    # Encrypted values are secrets even if the blueprint is gone, or no longer says so.
    secret = {
        name: value for name, value in run.inputs.items() if name in names or encryption.is_encrypted(value)
    }
    return [text for value in encryption.decrypted(secret).values() for text in _texts_in(value)]


def _texts_in(value: object) -> list[str]:
    """Every text and number in a JSON value, as it would be printed."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [text for item in value for text in _texts_in(item)]
    return [] if value is None or isinstance(value, bool) else [str(value)]


def _plan_phase(run: Run, prepared: PreparedWorkspace) -> phase.Phase:
    binary = tooling.terraform()
    has_lock_file = (prepared.directory / "module" / ".terraform.lock.hcl").exists()
    plan_file = str((prepared.directory / PLAN_FILE).absolute())
    planned = arguments.plan(binary, plan_file=plan_file, destroy=run.kind == RunKind.DESTROY)
    steps = (
        phase.Step("init", arguments.init(binary, lock_file=has_lock_file)),
        phase.Step("plan", planned, success_codes=(0, 2)),
    )
    return _phase("plan", prepared, steps, settings.PLAN_DEADLINE_SECONDS)


def _apply_phase(prepared: PreparedWorkspace) -> phase.Phase:
    binary = tooling.terraform()
    plan_file = str((prepared.directory / PLAN_FILE).absolute())
    steps = (
        phase.Step("apply", arguments.apply(binary, plan_file=plan_file)),
        _output_step(binary),
    )
    return _phase("apply", prepared, steps, settings.APPLY_DEADLINE_SECONDS)


def _output_step(binary: Path) -> phase.Step:
    return phase.Step("output", arguments.output(binary), private_output=OUTPUTS_FILE, despite_cancel=True)


def _phase(
    name: str, prepared: PreparedWorkspace, steps: tuple[phase.Step, ...], deadline_seconds: int
) -> phase.Phase:
    return phase.Phase(
        name=name,
        directory=prepared.directory,
        steps=steps,
        environment=prepared.environment,
        deadline_seconds=deadline_seconds,
        grace_seconds=settings.CANCEL_GRACE_SECONDS,
    )
